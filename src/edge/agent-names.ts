/**
 * The short names of browsers and systems that conditions use. One table for what a User-Agent is
 * read as (bowser's names) and for what client hints call the same thing, so that a visitor's name
 * doesn't depend on which of the two they sent. What is in no table keeps its own name as a slug.
 */

const BROWSERS = new Map([
  // bowser
  ['Amazon Silk', 'silk'],
  ['Android Browser', 'android'],
  ['HeyTap Browser', 'heytap'],
  ['Internet Explorer', 'ie'],
  ['MZ Browser', 'mz'],
  ['NAVER Whale Browser', 'whale'],
  ['Opera Coast', 'opera'],
  ['Opera Touch', 'opera'],
  ['QQ Browser', 'qq'],
  ['QQ Browser Lite', 'qq'],
  ['Samsung Internet for Android', 'samsung'],
  ['Sogou Browser', 'sogou'],
  ['UC Browser', 'uc'],
  ['Vivo Browser', 'vivo'],
  ['WebOS Browser', 'webos'],
  ['Yandex Browser', 'yandex'],
  // both
  ['Microsoft Edge', 'edge'],
  // client hints
  ['Android WebView', 'chrome'],
  ['Google Chrome', 'chrome'],
  ['HeadlessChrome', 'chrome'],
  ['Microsoft Edge WebView2', 'edge'],
  ['Opera GX', 'opera'],
  ['Opera Mobile', 'opera'],
  ['Samsung Internet', 'samsung'],
  ['YaBrowser', 'yandex'],
  ['Yowser', 'yandex'],
]);

const SYSTEMS = new Map([
  ['Chrome OS', 'chromeos'],
  ['Chromium OS', 'chromeos'],
  ['Mac OS X', 'macos'],
]);

export function browserSlug(name: string): string | undefined {
  return BROWSERS.get(name) ?? slug(name);
}

/** @returns undefined also for `Unknown`, which is what Chromium says where it doesn't know */
export function osSlug(name: string): string | undefined {
  const os = SYSTEMS.get(name) ?? slug(name);
  return os === 'unknown' ? undefined : os;
}

const MAX_LENGTH = 40;

function slug(name: string): string | undefined {
  const text = name
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return text === '' ? undefined : text;
}
