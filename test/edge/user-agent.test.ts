import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { browserOf, deviceOf, osOf } from '../../src/edge/user-agent.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const IPAD = 'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K)';

type Seen = [device: string | undefined, browser: string | undefined, os: string | undefined];

function seen(headers: Record<string, string>): Seen {
  const sent = new Headers(headers);
  return [deviceOf(sent), browserOf(sent), osOf(sent)];
}

describe('a user agent alone', () => {
  it.each<[string, string, Seen]>([
    [
      'Chrome, Windows',
      `${WINDOWS} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      ['desktop', 'chrome', 'windows'],
    ],
    ['Chrome, macOS', `${MAC} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`, ['desktop', 'chrome', 'macos']],
    [
      'Chrome, Linux',
      `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      ['desktop', 'chrome', 'linux'],
    ],
    [
      'Chrome, Chromebook',
      `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      ['desktop', 'chrome', 'chromeos'],
    ],
    [
      'Chrome, Android phone',
      `${ANDROID} ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`,
      ['mobile', 'chrome', 'android'],
    ],
    [
      'Chrome, Android tablet',
      `${ANDROID} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      ['tablet', 'chrome', 'android'],
    ],
    [
      'Chrome, iPhone',
      `${IPHONE} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1`,
      ['mobile', 'chrome', 'ios'],
    ],
    ['Chrome, iPad', `${IPAD} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1`, ['tablet', 'chrome', 'ios']],
    [
      'an app’s web view, Android',
      `Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) ${WEBKIT} Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36`,
      ['mobile', 'chrome', 'android'],
    ],
    [
      'Edge, Windows',
      `${WINDOWS} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`,
      ['desktop', 'edge', 'windows'],
    ],
    [
      'Edge, macOS',
      `${MAC} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`,
      ['desktop', 'edge', 'macos'],
    ],
    [
      'Edge, Android',
      `${ANDROID} ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.0.0`,
      ['mobile', 'edge', 'android'],
    ],
    [
      'Edge, iPhone',
      `${IPHONE} Version/17.0 EdgiOS/126.0.2592.56 Mobile/15E148 Safari/605.1.15`,
      ['mobile', 'edge', 'ios'],
    ],
    [
      'Edge before Chromium',
      `${WINDOWS} ${WEBKIT} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763`,
      ['desktop', 'edge', 'windows'],
    ],
    [
      'Opera, Windows',
      `${WINDOWS} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0`,
      ['desktop', 'opera', 'windows'],
    ],
    [
      'Opera, Android',
      `${ANDROID} ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36 OPR/83.0.0.0`,
      ['mobile', 'opera', 'android'],
    ],
    [
      'Opera 12',
      'Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18',
      ['desktop', 'opera', 'windows'],
    ],
    [
      'Opera Touch, iPhone',
      `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1 OPT/4.6.0`,
      ['mobile', 'opera', 'ios'],
    ],
    [
      'Samsung Internet, phone',
      `Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) ${WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
      ['mobile', 'samsung', 'android'],
    ],
    [
      'Samsung Internet, tablet',
      `Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-X906C) ${WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36`,
      ['tablet', 'samsung', 'android'],
    ],
    [
      'Silk, Fire tablet',
      `Mozilla/5.0 (Linux; Android 9; KFMAWI) ${WEBKIT} Silk/126.1 like Chrome/126.0.0.0 Safari/537.36`,
      ['tablet', 'silk', 'android'],
    ],
    [
      'Firefox, Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
      ['desktop', 'firefox', 'windows'],
    ],
    [
      'Firefox, macOS',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0',
      ['desktop', 'firefox', 'macos'],
    ],
    [
      'Firefox, Linux',
      'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
      ['desktop', 'firefox', 'linux'],
    ],
    [
      'Firefox, Android phone',
      'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0',
      ['mobile', 'firefox', 'android'],
    ],
    [
      'Firefox, Android tablet',
      'Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0',
      ['tablet', 'firefox', 'android'],
    ],
    ['Firefox, iPhone', `${IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`, ['mobile', 'firefox', 'ios']],
    [
      'Safari, macOS',
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15`,
      ['desktop', 'safari', 'macos'],
    ],
    ['Safari, iPhone', `${IPHONE} Version/17.5 Mobile/15E148 Safari/604.1`, ['mobile', 'safari', 'ios']],
    [
      'Safari, iPad that says so',
      `${IPAD} Version/17.5 Mobile/15E148 Safari/604.1`,
      ['tablet', 'safari', 'ios'],
    ],
    [
      'Internet Explorer 11',
      'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
      ['desktop', 'ie', 'windows'],
    ],
    [
      'Vivaldi',
      `${WINDOWS} ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8`,
      ['desktop', 'vivaldi', 'windows'],
    ],
    [
      'Yandex Browser',
      `${WINDOWS} ${WEBKIT} Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36`,
      ['desktop', 'yandex', 'windows'],
    ],
    [
      'Pale Moon: a name of two words',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:102.0) Gecko/20100101 Goanna/6.7 Firefox/102.0 PaleMoon/33.2.0',
      ['desktop', 'pale-moon', 'windows'],
    ],
    [
      'a Samsung television',
      'Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36',
      [undefined, 'tizen', 'tizen'],
    ],
    [
      'an LG television',
      `Mozilla/5.0 (Web0S; Linux/SmartTV) ${WEBKIT} Chrome/79.0.3945.79 Safari/537.36`,
      [undefined, 'webos', 'webos'],
    ],
    [
      'an Android television',
      `Mozilla/5.0 (Linux; Android 9; SHIELD Android TV) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      [undefined, 'chrome', 'android'],
    ],
    [
      'a Fire television',
      `Mozilla/5.0 (Linux; Android 9; AFTMM) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
      [undefined, 'chrome', 'android'],
    ],
    [
      'Googlebot, which says that it is a phone',
      `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
      ['bot', 'googlebot', 'android'],
    ],
    [
      'Bingbot',
      'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
      ['bot', 'bingcrawler', undefined],
    ],
    ['curl', 'curl/8.5.0', [undefined, undefined, undefined]],
    ['okhttp', 'okhttp/4.12.0', [undefined, undefined, undefined]],
    [
      'an Android app: who knows whether on a tablet',
      'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.230803.041)',
      [undefined, undefined, 'android'],
    ],
    [
      'an iPhone app that is called TV',
      'Some TV/3.1 (iPhone; iOS 17.5; Scale/3.00)',
      ['mobile', undefined, 'ios'],
    ],
    [
      'an app without a word of its system',
      'MyApp/3.1 CFNetwork/1490 Darwin/23',
      [undefined, undefined, undefined],
    ],
    ['nothing', '', [undefined, undefined, undefined]],
    ['a word', 'garbage', [undefined, undefined, undefined]],
    ['markup', '<script>alert(1)</script> / (', [undefined, undefined, undefined]],
    ['the bare beginning', 'Mozilla/5.0', [undefined, undefined, undefined]],
  ])('%s', (_, userAgent, expected) => {
    expect(seen({ 'user-agent': userAgent })).toEqual(expected);
    expect(seen({ 'user-agent': userAgent })).toEqual(expected);
  });

  it('is read in its first 512 characters', () => {
    const long = `${WINDOWS} ${WEBKIT} ${'x'.repeat(10_000)} Mobile Edg/126`;
    expect(seen({ 'user-agent': long })).toEqual(['desktop', 'safari', 'windows']);
  });
});

/** What a Chromium sends with its user agent; `mobile` and `platform` as the headers spell them. */
function hints(brands: string, mobile: string, platform: string, more: Record<string, string> = {}) {
  const system = platform === '"Android"' ? ANDROID : WINDOWS;
  return {
    'user-agent': `${system} ${WEBKIT} Chrome/126.0.0.0${mobile === '?1' ? ' Mobile' : ''} Safari/537.36`,
    'sec-ch-ua': brands,
    'sec-ch-ua-mobile': mobile,
    'sec-ch-ua-platform': platform,
    ...more,
  };
}

const CHROME = '"Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"';

describe('client hints', () => {
  it.each<[string, Record<string, string>, Seen]>([
    ['Chrome, Windows', hints(CHROME, '?0', '"Windows"'), ['desktop', 'chrome', 'windows']],
    ['Chrome, macOS', hints(CHROME, '?0', '"macOS"'), ['desktop', 'chrome', 'macos']],
    ['Chrome, Linux', hints(CHROME, '?0', '"Linux"'), ['desktop', 'chrome', 'linux']],
    ['Chrome, Chromebook', hints(CHROME, '?0', '"Chrome OS"'), ['desktop', 'chrome', 'chromeos']],
    ['Chromium OS', hints(CHROME, '?0', '"Chromium OS"'), ['desktop', 'chrome', 'chromeos']],
    ['Chrome, phone', hints(CHROME, '?1', '"Android"'), ['mobile', 'chrome', 'android']],
    ['Chrome, tablet', hints(CHROME, '?0', '"Android"'), ['tablet', 'chrome', 'android']],
    [
      'Chrome, television',
      {
        ...hints(CHROME, '?0', '"Android"'),
        'user-agent': `Mozilla/5.0 (Linux; Android 12; BRAVIA VU3) ${WEBKIT}`,
      },
      [undefined, 'chrome', 'android'],
    ],
    [
      'Edge',
      hints('"Microsoft Edge";v="125", "Chromium";v="125", "Not.A/Brand";v="24"', '?0', '"Windows"'),
      ['desktop', 'edge', 'windows'],
    ],
    [
      'Opera',
      hints('"Opera";v="111", "Chromium";v="125", "Not.A/Brand";v="24"', '?0', '"Windows"'),
      ['desktop', 'opera', 'windows'],
    ],
    [
      'Brave',
      hints('"Brave";v="125", "Chromium";v="125", "Not.A/Brand";v="24"', '?0', '"Linux"'),
      ['desktop', 'brave', 'linux'],
    ],
    [
      'Samsung Internet',
      hints('"Samsung Internet";v="25.0", "Not A(Brand";v="99", "Chromium";v="121"', '?1', '"Android"'),
      ['mobile', 'samsung', 'android'],
    ],
    [
      'Yandex Browser',
      hints(
        '"Chromium";v="124", "Yowser";v="24.6", "YaBrowser";v="24.6", "Not-A.Brand";v="99"',
        '?0',
        '"Windows"',
      ),
      ['desktop', 'yandex', 'windows'],
    ],
    [
      'a brand of its own',
      hints('"Chromium";v="125", "Some New Browser!";v="1", "Google Chrome";v="125"', '?0', '"Linux"'),
      ['desktop', 'some-new-browser', 'linux'],
    ],
    [
      'Chromium alone',
      hints('"Chromium";v="126", "Not(A:Brand";v="8"', '?0', '"Linux"'),
      ['desktop', 'chromium', 'linux'],
    ],
    [
      'a web view',
      hints('"Android WebView";v="125", "Chromium";v="125", "Not.A/Brand";v="24"', '?1', '"Android"'),
      ['mobile', 'chrome', 'android'],
    ],
    [
      'a form factor',
      hints(CHROME, '?0', '"Windows"', { 'sec-ch-ua-form-factors': '"Desktop", "Tablet"' }),
      ['tablet', 'chrome', 'windows'],
    ],
    [
      'a form factor that is none of ours',
      hints(CHROME, '?1', '"Android"', { 'sec-ch-ua-form-factors': '"XR"' }),
      ['mobile', 'chrome', 'android'],
    ],
    [
      'a bot with all the hints of a browser',
      hints(CHROME, '?1', '"Android"', {
        'user-agent': `${ANDROID} ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)`,
      }),
      ['bot', 'chrome', 'android'],
    ],
    [
      'hints without a user agent',
      { 'sec-ch-ua': CHROME, 'sec-ch-ua-mobile': '?0', 'sec-ch-ua-platform': '"macOS"' },
      ['desktop', 'chrome', 'macos'],
    ],
    [
      'an unknown platform: the user agent’s',
      hints(CHROME, '?0', '"Unknown"'),
      ['desktop', 'chrome', 'windows'],
    ],
    ['empty hints: the user agent’s', hints('', '', ''), ['desktop', 'chrome', 'windows']],
    [
      'only grease: the user agent’s',
      hints('"Not A;Brand";v="99"', '?0', '""'),
      ['desktop', 'chrome', 'windows'],
    ],
    ['a platform without quotes', hints(CHROME, '?0', 'Linux'), ['desktop', 'chrome', 'linux']],
    ['brands without versions', hints('"Opera","Chromium"', '?0', '"Linux"'), ['desktop', 'opera', 'linux']],
    [
      'a brand with a quoted quote in it',
      hints('"\\"Not\\"A;Brand";v="99", "Opera";v="1"', '?0', '"Linux"'),
      ['desktop', 'opera', 'linux'],
    ],
    ['garbage: the user agent’s', hints('";;=,"=?1', 'yes', '"\\'), ['desktop', 'chrome', 'windows']],
  ])('%s', (_, headers, expected) => {
    expect(seen(headers)).toEqual(expected);
  });

  it.each([
    '" Not A;Brand";v="99"',
    '" Not;A Brand";v="99"',
    '"(Not(A:Brand";v="8"',
    '";Not A Brand";v="99"',
    '"Not?A_Brand";v="24"',
    '"Not)A;Brand";v="24"',
    '"Not/A)Brand";v="8"',
    '"Not_A Brand";v="8"',
    '"Not:A-Brand";v="99"',
    '"Not=A?Brand";v="99"',
  ])('%s is nobody’s brand', grease => {
    for (const brands of [`${grease}, ${CHROME}`, `${CHROME}, ${grease}`]) {
      expect(browserOf(new Headers({ 'sec-ch-ua': brands }))).toBe('chrome');
    }
  });

  it('name the same browser in whatever order they list the brands', () => {
    const lists = [
      ['"Chromium";v="1"', '"Google Chrome";v="1"', '"Not A;Brand";v="99"', '"Opera";v="1"'],
      ['"Chromium";v="1"', '"Microsoft Edge";v="1"', '"Microsoft Edge WebView2";v="1"'],
    ];
    for (const list of lists) {
      const expected = browserOf(new Headers({ 'sec-ch-ua': list.join(', ') }));
      const shuffled = fc.shuffledSubarray(list, { minLength: list.length });
      fc.assert(
        fc.property(shuffled, brands => {
          expect(browserOf(new Headers({ 'sec-ch-ua': brands.join(', ') }))).toBe(expected);
        }),
      );
    }
  });
});
