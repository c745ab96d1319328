import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/rollout/conditions/facts.ts';
import { Query } from '../../src/edge/query.ts';
import { targetOf } from '../../src/edge/request-target.ts';
import { VisitorFacts } from '../../src/edge/visitor-facts.ts';

const NOW = 1_795_000_000_000;
const AUCKLAND = {
  country: 'NZ',
  continent: 'OC',
  region: 'Auckland',
  regionCode: 'AUK',
  city: 'Auckland',
  colo: 'AKL',
  asn: 9500,
};

interface Sent {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly cf?: unknown;
  readonly ip?: string | null;
}

function factsOf({ url = 'https://example.com/', method = 'GET', headers = {}, cf, ip }: Sent): Facts {
  const request = new Request('https://example.com/', { method, headers });
  if (cf !== undefined) Object.defineProperty(request, 'cf', { value: cf });
  return new VisitorFacts(request, targetOf(url), ip, NOW);
}

function factsWithCookie(cookie: string): Facts {
  return factsOf({ headers: { cookie } });
}

describe('the place', () => {
  it('is what Cloudflare says', () => {
    const facts = factsOf({ cf: AUCKLAND });
    expect(facts).toMatchObject({ ...AUCKLAND, isEU: false });
  });

  it('is absent where Cloudflare says nothing', () => {
    for (const cf of [undefined, null, 'NZ', 7, true]) {
      const { country, continent, region, regionCode, city, colo, asn, isEU } = factsOf({ cf });
      const absent = [country, continent, region, regionCode, city, colo, asn, isEU];
      expect(absent).toEqual(absent.map(() => undefined));
    }
  });

  it.each([
    ['country', 'XX', undefined],
    ['country', 'nz', 'NZ'],
    ['country', 'T1', 'T1'],
    ['country', '', undefined],
    ['country', 64, undefined],
    ['country', ['NZ'], undefined],
    ['continent', 'T1', undefined],
    ['continent', 'EU', 'EU'],
    ['region', '', undefined],
    ['region', 'Te Tai Tokerau', 'Te Tai Tokerau'],
    ['regionCode', '13', '13'],
    ['city', null, undefined],
    ['city', 'Kēri Keri', 'Kēri Keri'],
    ['colo', 'akl', 'AKL'],
    ['colo', {}, undefined],
    ['asn', 13335, 13335],
    ['asn', '13335', 13335],
    ['asn', 4294967295, 4294967295],
    ['asn', 4294967296, undefined],
    ['asn', '99999999999', undefined],
    ['asn', 0, undefined],
    ['asn', -1, undefined],
    ['asn', 1.5, undefined],
    ['asn', NaN, undefined],
    ['asn', 'AS13335', undefined],
    ['asn', '', undefined],
    ['isEU', undefined, false],
  ] as const)('%s %j is %j', (name, value, expected) => {
    expect(factsOf({ cf: { [name]: value } })[name]).toBe(expected);
  });

  it.each([
    ['1', true],
    [undefined, false],
    [null, false],
    ['0', undefined],
    [true, undefined],
  ])('isEUCountry %j is %j', (isEUCountry, expected) => {
    expect(factsOf({ cf: { country: 'DE', isEUCountry } }).isEU).toBe(expected);
  });
});

describe('the host', () => {
  it.each([
    ['https://Example.COM/', 'example.com'],
    ['https://example.com:8443/', 'example.com'],
    ['https://example.com./', 'example.com'],
    ['https://example.com.:8443/', 'example.com'],
    ['http://[2001:DB8::1]/', '[2001:db8::1]'],
    ['http://[2001:db8::1]:8787/', '[2001:db8::1]'],
    ['http://127.0.0.1:8787/', '127.0.0.1'],
  ])('of %s is %s', (url, host) => {
    expect(factsOf({ url }).host).toBe(host);
  });
});

describe('the path', () => {
  it.each([
    ['/', '/'],
    ['/a/B?c=d', '/a/B'],
    ['/a?b?c', '/a'],
    ['/a#b?c', '/a'],
    ['/%61dmin', '/admin'],
    ['/%41%5A%7a%30%39%2D%2d%5f%7E%7e', '/AZz09--_~~'],
    ['/a%2eb', '/a.b'],
    ['/a%2Fb%20c%3F%25%40%5B%60%7B%7F%2B%3a', '/a%2Fb%20c%3F%25%40%5B%60%7B%7F%2B%3a'],
    ['/%2561dmin', '/%2561dmin'],
    ['/%', '/%'],
    ['/%6', '/%6'],
    ['/%zz%e4%b8', '/%zz%e4%b8'],
    ['/a?%61', '/a'],
    ['/%2e%2e/a', '/a'],
  ])('of %s is %s', (target, path) => {
    expect(factsOf({ url: `https://example.com${target}` }).path).toBe(path);
  });
});

describe('a parameter', () => {
  it.each([
    ['?a=1', 'a', '1'],
    ['?a=1&a=2', 'a', '1'],
    ['?b=2&a=1', 'a', '1'],
    ['?aa=2&a=1', 'a', '1'],
    ['?A=1', 'a', undefined],
    ['?a', 'a', ''],
    ['?a=', 'a', ''],
    ['?a==', 'a', '='],
    ['?a=b=c', 'a', 'b=c'],
    ['?a=b=c', 'a=b', undefined],
    ['?a=b', 'a=b', undefined],
    ['?&&a=1&', 'a', '1'],
    ['?', '', undefined],
    ['', 'a', undefined],
    ['?=1', '', '1'],
    ['?&', '', undefined],
    ['??a=1', '?a', '1'],
    ['??a=%31', '?a', '1'],
    ['??a=%31', 'a', undefined],
    ['?a=1#&b=2', 'b', undefined],
    ['?a=x+y', 'a', 'x y'],
    ['?a=x%2By', 'a', 'x+y'],
    ['?%61=1', 'a', '1'],
    ['?a+b=1', 'a b', '1'],
    ['?a=%C3%A9', 'a', 'é'],
    ['?a=%', 'a', '%'],
    ['?a=%zz%4', 'a', '%zz%4'],
    ['?a=%FF', 'a', '\uFFFD'],
    ['?a=1;b=2', 'b', undefined],
  ])('of %j named %j is %j', (query, name, value) => {
    const facts = factsOf({ url: `https://example.com/${query}` });
    expect(facts.query(name)).toBe(value);
    expect(facts.query(name)).toBe(value);
  });

  it('is always what URLSearchParams finds', () => {
    const part = fc.constantFrom('a', 'b', 'ab', '=', '&', '?', '%61', '%', '+', ' ', 'é', ';');
    const text = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''));
    fc.assert(
      fc.property(text, text, (query, name) => {
        const expected = new URLSearchParams(`?${query}`).get(name) ?? undefined;
        expect(new Query(query).get(name)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a cookie', () => {
  it.each([
    ['a=1', 'a', '1'],
    ['b=2; a=1', 'a', '1'],
    ['b=2;a=1;', 'a', '1'],
    ['a=1; a=2', 'a', '1'],
    ['aa=2; ba=3; a=1', 'a', '1'],
    ['b=a=2; a=1', 'a', '1'],
    ['a="x y"', 'a', '"x y"'],
    ['a=%20 \t; b=1', 'a', '%20'],
    ['a=', 'a', ''],
    ['a=b=c', 'a', 'b=c'],
    ['a', 'a', undefined],
    ['A=1', 'a', undefined],
    ['', 'a', undefined],
    ['a=1', '', undefined],
  ])('of %j named %j is %j', (header, name, value) => {
    expect(factsWithCookie(header).cookie(name)).toBe(value);
  });

  it('is the first of its name in a header taken apart', () => {
    const header = fc.array(fc.constantFrom('a', 'b', 'ab', '=', ';', ' ', '"'), { maxLength: 20 });
    fc.assert(
      fc.property(header, fc.constantFrom('a', 'b', 'ab', 'ba'), (pieces, name) => {
        const pair = pieces
          .join('')
          .split(';')
          .find(text => text.trimStart().startsWith(`${name}=`));
        const expected = pair
          ?.trimStart()
          .slice(name.length + 1)
          .trimEnd();
        expect(factsWithCookie(pieces.join('')).cookie(name)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('is absent without the header', () => {
    expect(factsOf({}).cookie('a')).toBeUndefined();
  });
});

describe('a header', () => {
  const facts = factsOf({ headers: { 'X-Team': 'web', 'x-empty': '', 'x-weir-token': 't', 'x-weird': 'w' } });

  it.each([
    ['x-team', 'web'],
    ['x-empty', ''],
    ['x-nope', undefined],
    ['x-weir-token', undefined],
    ['x-weird', 'w'],
    ['', undefined],
    ['no name', undefined],
  ])('%j is %j', (name, value) => {
    expect(facts.header(name)).toBe(value);
    expect(facts.header(name)).toBe(value);
  });
});

describe('what is left', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 2001:db8::1 ', '2001:db8::1'],
    ['', undefined],
    ['  ', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('address %j is %j', (ip, expected) => {
    expect(factsOf({ ...(ip === undefined ? {} : { ip }) }).ip).toBe(expected);
  });

  it('is told as it is', () => {
    const facts = factsOf({
      method: 'POST',
      headers: {
        'accept-language': 'en;q=0.5, mi',
        'sec-ch-ua': '"Opera";v="1"',
        'sec-ch-ua-mobile': '?0',
        'sec-ch-ua-platform': '"Linux"',
      },
    });
    expect(facts).toMatchObject({ method: 'POST', time: NOW, language: 'mi' });
    expect(facts).toMatchObject({ device: 'desktop', browser: 'opera', os: 'linux' });
  });

  it('is read when asked, and once', () => {
    const asked: string[] = [];
    const headers = { get: (name: string) => (asked.push(name), null) };
    const request = Object.defineProperty(new Request('https://example.com/'), 'headers', { value: headers });
    const facts = new VisitorFacts(request, targetOf('https://example.com/'), null, NOW);
    expect(asked).toEqual([]);
    for (let i = 0; i < 3; i++) {
      attributes(facts, 'x-team');
    }
    for (const once of ['accept-language', 'x-team', 'cookie', 'sec-ch-ua', 'user-agent']) {
      expect(asked.filter(name => name === once)).toEqual([once]);
    }
  });
});

describe('for any request', () => {
  const value = fc.oneof(
    fc.string().filter(isHeaderValue),
    fc
      .array(
        fc.constantFrom(
          'Mozilla/5.0 (',
          'Macintosh',
          'Windows NT ',
          'Android ',
          'iPhone OS 1_',
          'FxiOS/',
          'Version/',
          'Chrome/', // prettier-ignore
          'Safari',
          'Mobile',
          ';',
          ')',
          '/',
          '"',
          '\\',
          '=',
          '?1',
          '?0',
          '"Chromium";v="1"',
          ',',
          'q=',
          '%',
          '9',
          ' ',
        ),
        { maxLength: 30 },
      )
      .map(parts => parts.join('').trim()),
  );
  const headers = fc.record(
    {
      'user-agent': value,
      'sec-ch-ua': value,
      'sec-ch-ua-mobile': value,
      'sec-ch-ua-platform': value,
      'sec-ch-ua-form-factors': value,
      'accept-language': value,
      'x-team': value,
    },
    { requiredKeys: [] },
  );
  const odd = fc.oneof(fc.jsonValue(), fc.anything());
  const cf = fc.oneof(
    odd,
    fc.record(
      {
        country: odd,
        continent: odd,
        region: odd,
        regionCode: odd,
        city: odd,
        colo: odd,
        asn: odd,
        isEUCountry: odd,
      },
      { requiredKeys: [] },
    ),
  );

  it('every attribute has its type or is absent, the same at every look, and nothing throws', () => {
    fc.assert(
      fc.property(
        headers,
        cf,
        fc.string(),
        fc.webUrl({ withQueryParameters: true }),
        (sent, place, name, url) => {
          const look = () => attributes(factsOf({ url, headers: sent, cf: place, ip: name }), name);
          const seen = look();
          expect(look()).toEqual(seen);
          for (const [attribute, found] of Object.entries(seen)) {
            if (found !== undefined)
              expect([attribute, typeof found]).toEqual([attribute, typeOf(attribute)]);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function typeOf(attribute: string): string {
  if (attribute === 'isEU') return 'boolean';
  return attribute === 'asn' || attribute === 'time' ? 'number' : 'string';
}

function attributes(facts: Facts, name: string) {
  const { country, continent, region, regionCode, city, colo, asn, isEU, device, browser, os } = facts;
  const { language, host, path, method, ip, time } = facts;
  const named = { header: facts.header(name), cookie: facts.cookie(name), query: facts.query(name) };
  const place = { country, continent, region, regionCode, city, colo, asn, isEU };
  return { ...place, device, browser, os, language, host, path, method, ip, time, ...named };
}
