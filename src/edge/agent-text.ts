/**
 * What a User-Agent header tells of browser, system and device, in the short names that conditions
 * use. It is a guess: iPadOS calls itself a Macintosh, and nothing in the header says otherwise, so
 * an iPad in its default settings is a desktop with macos here.
 */
import { BROWSER_MAP, getParser } from 'bowser';
import type { Device } from '../core/rollout/conditions/facts.ts';
import { browserSlug, osSlug } from './agent-names.ts';
import { remembering } from './remembering.ts';

export interface Agent {
  readonly browser: string | undefined;
  readonly os: string | undefined;
  readonly device: Exclude<Device, 'bot'> | undefined;
  /** A television is neither of the devices that conditions know: for them it has none. */
  readonly isTv: boolean;
}

const NOTHING: Agent = { browser: undefined, os: undefined, device: undefined, isTv: false };

export function agentOf(userAgent: string | null): Agent {
  return userAgent === null || userAgent === '' ? NOTHING : remembered(userAgent);
}

/** Browsers all claim to be one of these; `okhttp/4.12`, `Dalvik/2.1.0` and an app's own name are none. */
const BROWSER_PREFIX = /^(?:Mozilla|Opera)\//;
/** Those that bowser tells, beside `BROWSER_MAP`; for anything else it makes up a name from the text. */
const KNOWN_BROWSERS = new Set([...Object.values(BROWSER_MAP), 'Miui', 'Opera Touch', 'PlayStation 4']);
/** Android on a television: bowser takes it for a tablet, as it does all Android without "Mobile". */
const TELEVISION = /\b(?:(?:Smart-?|Google ?)?TV|AFT[A-Z]+|BRAVIA|CrKey)\b/;
const DESKTOP_SYSTEMS = new Set(['windows', 'macos', 'linux', 'chromeos', 'freebsd', 'openbsd']);

export function isDesktopSystem(os: string | undefined): boolean {
  return os !== undefined && DESKTOP_SYSTEMS.has(os);
}

const remembered = remembering(500, readAgent);

function readAgent(text: string): Agent {
  try {
    const parser = getParser(text, true);
    const isBrowser = BROWSER_PREFIX.test(text);
    const browser = parser.getBrowserName();
    const os = osSlug(parser.getOSName());
    const type = parser.getPlatformType();
    const isTv = type === 'tv' || (type === 'tablet' && os === 'android' && TELEVISION.test(text));
    return {
      browser: isBrowser && KNOWN_BROWSERS.has(browser) ? browserSlug(browser) : undefined,
      os,
      device: isTv ? undefined : deviceOf(type, os, isBrowser, text),
      isTv,
    };
  } catch {
    // A user agent that the library stumbles over must not cost its sender the page.
    return NOTHING;
  }
}

function deviceOf(type: string, os: string | undefined, isBrowser: boolean, text: string): Agent['device'] {
  switch (type) {
    case 'mobile':
    case 'desktop':
      return type;
    case 'tablet':
      // Only browsers leave out "Mobile" to say that they run on a tablet; programs never write it.
      return isBrowser || os !== 'android' || /tablet/i.test(text) ? type : undefined;
    default:
      // 'bot' too: who is one, edge/bots.ts says, for conditions as for the split.
      return isDesktopSystem(os) ? 'desktop' : undefined;
  }
}
