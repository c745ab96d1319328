import { describe, expect, it } from 'vitest';
import { FIXED_ATTRIBUTES, KEYED_ATTRIBUTES } from '../../src/core/rollout/conditions/attributes.ts';
import { MATCHERS } from '../../src/core/rollout/conditions/matchers.ts';
import { compiled, holds, type Given } from '../support/facts.ts';

/** How each attribute is given a value, and a value that it may have. */
const TEXTS: Readonly<Record<string, { give: (value: string) => Given; value: string; other: string }>> = {
  country: { give: country => ({ country }), value: 'NZ', other: 'AU' },
  continent: { give: continent => ({ continent }), value: 'OC', other: 'EU' },
  region: { give: region => ({ region }), value: 'Auckland', other: 'Otago' },
  'region (code)': { give: regionCode => ({ regionCode }), value: 'AUK', other: 'OTA' },
  city: { give: city => ({ city }), value: 'Ōtautahi', other: 'Wānaka' },
  colo: { give: colo => ({ colo }), value: 'AKL', other: 'SYD' },
  device: { give: device => ({ device: device as 'bot' }), value: 'tablet', other: 'mobile' },
  browser: { give: browser => ({ browser }), value: 'firefox', other: 'safari' },
  os: { give: os => ({ os }), value: 'android', other: 'ios' },
  language: { give: language => ({ language }), value: 'de-CH', other: 'mi' },
  host: { give: host => ({ host }), value: 'shop.example', other: 'www.example' },
  path: { give: path => ({ path }), value: '/cart/42', other: '/about' },
  method: { give: method => ({ method }), value: 'POST', other: 'GET' },
  'header.X-Team': { give: team => ({ headers: { 'x-team': team } }), value: 'web-platform', other: 'ops' },
  'cookie.plan': { give: plan => ({ cookies: { plan } }), value: 'gold', other: 'free' },
  'query.utm source': { give: s => ({ queries: { 'utm source': s } }), value: 'mail', other: 'web' },
};
const attributeOf = (name: string): string => name.replace(/ \(code\)$/, '');
/** What a request always has. */
const ALWAYS = ['host', 'path', 'method'];

describe.each(Object.entries(TEXTS))('%s, being text,', (name, { give, value, other }) => {
  const attribute = attributeOf(name);
  const first = value.slice(0, 2);
  const last = value.slice(-2);
  const middle = value.slice(1, -1) || value;

  it.each<[string, unknown]>([
    ['a value', value],
    ['a list', [other, value]],
    ['equals', { equals: value }],
    ['startsWith', { startsWith: first }],
    ['startsWith any', { startsWith: ['no such', first] }],
    ['endsWith', { endsWith: last }],
    ['contains', { contains: middle }],
    ['matches', { matches: `^${value}$` }],
    ['matches a part', { matches: last }],
    ['exists', { exists: true }],
    ['several matchers at once', { startsWith: first, endsWith: last, exists: true }],
  ])('is found by %s', (_, matcher) => {
    expect(holds({ [attribute]: matcher }, give(value))).toBe(true);
  });

  it.each<[string, unknown]>([
    ['another value', other],
    ['a list without it', [other]],
    ['equals', { equals: other }],
    ['startsWith', { startsWith: other }],
    ['endsWith', { endsWith: other }],
    ['contains', { contains: other }],
    ['matches', { matches: `^${other}$` }],
    ['exists: false', { exists: false }],
    ['several matchers of which one fails', { startsWith: first, contains: other }],
  ])('is missed by %s', (_, matcher) => {
    expect(holds({ [attribute]: matcher }, give(value))).toBe(false);
  });
});

describe.each(Object.entries(TEXTS).filter(([name]) => !ALWAYS.includes(name)))('%s', (name, { value }) => {
  const attribute = attributeOf(name);

  it('matches nothing but {"exists": false} when it is absent', () => {
    const matchers = [value, [value], { startsWith: 'a' }, { contains: 'a' }, { endsWith: 'a' }];
    for (const matcher of [...matchers, { matches: '.*' }, { exists: true }])
      expect(holds({ [attribute]: matcher }, {})).toBe(false);
    expect(holds({ [attribute]: { exists: false } }, {})).toBe(true);
  });
});

describe('values', () => {
  it('compare case-sensitively', () => {
    expect(holds({ path: '/Cart' }, { path: '/cart' })).toBe(false);
    expect(holds({ path: { startsWith: '/C' } }, { path: '/cart' })).toBe(false);
    expect(holds({ path: { matches: '^/C' } }, { path: '/cart' })).toBe(false);
  });

  it.each<[string, unknown]>([
    ['equals', { path: { equals: '/CART', ignoreCase: true } }],
    ['equals a list', { path: { equals: ['/x', '/CART'], ignoreCase: true } }],
    ['startsWith', { path: { startsWith: '/CA', ignoreCase: true } }],
    ['endsWith', { path: { endsWith: 'RT', ignoreCase: true } }],
    ['contains', { path: { contains: 'AR', ignoreCase: true } }],
    ['matches', { path: { matches: '^/CART$', ignoreCase: true } }],
    ['a bare value beside it', { path: '/CART', ignoreCase: true }],
    ['a condition inside', { ignoreCase: true, any: [{ path: '/CART' }] }],
  ])('compare without case where "ignoreCase" says so: %s', (_, condition) => {
    expect(holds(condition, { path: '/cart' })).toBe(true);
    expect(holds(condition, { path: '/trac' })).toBe(false);
  });

  it('of what a client sent may be written as numbers and booleans', () => {
    expect(holds({ 'query.page': 2 }, { queries: { page: '2' } })).toBe(true);
    expect(holds({ 'cookie.beta': true }, { cookies: { beta: 'true' } })).toBe(true);
    expect(holds({ 'cookie.beta': [true, 1] }, { cookies: { beta: '0' } })).toBe(false);
  });

  it('of a language are ranges: "de" is Swiss German too, "d" is not', () => {
    expect(holds({ language: 'de' }, { language: 'de-CH' })).toBe(true);
    expect(holds({ language: 'DE-ch' }, { language: 'de-CH' })).toBe(true);
    expect(holds({ language: ['fr', 'd'] }, { language: 'de-CH' })).toBe(false);
    expect(holds({ language: 'de-CH' }, { language: 'de' })).toBe(false);
  });
});

describe('numbers', () => {
  const attributes: [string, (value: number) => Given][] = [
    ['asn', asn => ({ asn })],
    ['header.x-level', level => ({ headers: { 'x-level': String(level) } })],
    ['cookie.level', level => ({ cookies: { level: String(level) } })],
    ['query.level', level => ({ queries: { level: String(level) } })],
  ];
  it.each(attributes)('%s is compared as a number', (attribute, give) => {
    const cases: [unknown, number, boolean][] = [
      [13335, 13335, true],
      [13335, 13336, false],
      [[1, 13335], 13335, true],
      [{ gt: 9 }, 10, true],
      [{ gt: 10 }, 10, false],
      [{ gte: 10 }, 10, true],
      [{ gte: 10.5 }, 10, false],
      [{ lt: 10 }, 9, true],
      [{ lt: 9 }, 9, false],
      [{ lte: 9 }, 9, true],
      [{ lte: 8 }, 9, false],
      [{ gte: 1, lt: 5 }, 4, true],
      [{ gte: 1, lt: 5 }, 5, false],
    ];
    for (const [matcher, value, expected] of cases)
      expect([matcher, value, holds({ [attribute]: matcher }, give(value))]).toEqual([
        matcher,
        value,
        expected,
      ]);
    for (const matcher of [1, { gt: -1 }, { gte: -1 }, { lt: 1 }, { lte: 1 }, { exists: true }])
      expect(holds({ [attribute]: matcher }, {})).toBe(false);
    expect(holds({ [attribute]: { exists: false } }, {})).toBe(true);
  });

  it.each(['', ' 5', '5 apples', '0x5', 'Infinity', 'NaN', '1e3'])('text "%s" is no number', text => {
    expect(holds({ 'header.x-level': { gte: -1e9 } }, { headers: { 'x-level': text } })).toBe(false);
  });
});

describe('isEU', () => {
  it.each<[unknown, boolean | undefined, boolean]>([
    [true, true, true],
    [true, false, false],
    [false, false, true],
    [[true, false], true, true],
    [true, undefined, false],
    [false, undefined, false],
    [{ exists: true }, false, true],
    [{ exists: true }, undefined, false],
    [{ exists: false }, undefined, true],
    [{ exists: false }, true, false],
  ])('%j on %j is %j', (matcher, isEU, expected) => {
    expect(holds({ isEU: matcher }, { isEU })).toBe(expected);
  });
});

describe('addresses', () => {
  it.each<[unknown, string, boolean]>([
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['192.0.2.7', '::ffff:192.0.2.7', true],
    ['::ffff:192.0.2.7', '192.0.2.7', true],
    [['192.0.2.7', '2001:db8::1'], '2001:db8::1', true],
    [{ cidr: '192.0.2.0/24' }, '192.0.2.255', true],
    [{ cidr: '192.0.2.0/24' }, '192.0.3.0', false],
    [{ cidr: '192.0.2.77/24' }, '192.0.2.1', true],
    [{ cidr: '0.0.0.0/0' }, '203.0.113.9', true],
    [{ cidr: '0.0.0.0/0' }, '2001:db8::1', false],
    [{ cidr: '2001:db8::/32' }, '2001:db8:ffff::1', true],
    [{ cidr: '2001:db8::/32' }, '2001:db9::1', false],
    [{ cidr: '2001:db8::/32' }, '192.0.2.1', false],
    [{ cidr: '::ffff:10.0.0.0/104' }, '10.200.0.1', true],
    [{ cidr: '10.0.0.0/8' }, '::ffff:10.1.2.3', true],
    [{ cidr: ['10.0.0.0/8', '192.168.0.0/16'] }, '192.168.9.9', true],
    [{ cidr: '192.0.2.7' }, '192.0.2.7', true],
    [{ cidr: '192.0.2.7/32' }, '192.0.2.8', false],
    [{ cidr: '10.0.0.0/8' }, 'unknown', false],
    [{ cidr: '10.0.0.0/8' }, '0xa.1', false],
    [{ exists: true }, '192.0.2.7', true],
    [{ exists: false }, '192.0.2.7', false],
  ])('%j on %s is %j', (matcher, ip, expected) => {
    expect(holds({ ip: matcher }, { ip })).toBe(expected);
    if (typeof matcher === 'object' && !Array.isArray(matcher))
      expect(holds({ 'header.x-real-ip': matcher }, { headers: { 'x-real-ip': ip } })).toBe(expected);
  });

  it('match nothing when absent', () => {
    expect(holds({ ip: '192.0.2.7' }, {})).toBe(false);
    expect(holds({ ip: { cidr: '0.0.0.0/0' } }, {})).toBe(false);
    expect(holds({ ip: { exists: false } }, {})).toBe(true);
  });
});

describe('versions', () => {
  it.each<[string, string, boolean]>([
    ['>=2.1.0', '2.1.0', true],
    ['>=2.1.0', '2.0.9', false],
    ['^1.4', '1.9.3', true],
    ['^1.4', '2.0.0', false],
    ['>=2 <3', '2.5', true],
    ['>=2', 'v3', true],
    ['>=2.0.0', '2.0.0-beta.1', false],
    ['>=2.0.0', '2.1.0-beta.1', true],
    ['1.x || 3.x', '3.2.1', true],
    ['>=1', 'latest', false],
    ['>=1', '', false],
    ['>=1', '1.2.3.4', false],
    ['>=1', '9'.repeat(300), false],
  ])('%s on %s is %j', (range, version, expected) => {
    expect(holds({ 'header.x-app': { semver: range } }, { headers: { 'x-app': version } })).toBe(expected);
    expect(holds({ 'cookie.app': { semver: range } }, { cookies: { app: version } })).toBe(expected);
    expect(holds({ 'query.app': { semver: range } }, { queries: { app: version } })).toBe(expected);
  });

  it('match nothing when absent', () => {
    expect(holds({ 'header.x-app': { semver: '*' } }, {})).toBe(false);
  });
});

describe('time', () => {
  const noon = Date.UTC(2026, 10, 23, 12);
  it.each<[unknown, boolean]>([
    [{ after: '2026-11-23T12:00:00Z' }, true],
    [{ after: '2026-11-23T12:00:00.001Z' }, false],
    [{ before: '2026-11-23T12:00:00Z' }, false],
    [{ before: '2026-11-24T01:00:01+13:00' }, true],
    [{ before: '2026-11-24T01:00:00+13:00' }, false],
    [{ after: '2026-11-23' }, true],
    [{ after: '2026-11-23', before: '2026-11-24' }, true],
    [{ after: '2026-11-24', before: '2026-11-25' }, false],
    [{ exists: true }, true],
    [{ exists: false }, false],
  ])('%j at noon is %j', (matcher, expected) => {
    expect(holds({ time: matcher }, { time: noon })).toBe(expected);
  });

  it('may stand in what a client sent, and else matches nothing', () => {
    const since = { 'cookie.since': { before: '2026-01-01' } };
    expect(holds(since, { cookies: { since: '2025-12-31T23:59:59Z' } })).toBe(true);
    expect(holds(since, { cookies: { since: '2026-01-01' } })).toBe(false);
    for (const text of ['yesterday', '2025-02-30', '2025-13-01', '1735689599'])
      expect(holds(since, { cookies: { since: text } })).toBe(false);
    expect(holds(since, {})).toBe(false);
  });
});

describe('combinations', () => {
  const nz = { country: 'NZ' } as const;
  it.each<[string, unknown, boolean]>([
    ['all attributes of an object', { country: 'NZ', path: '/' }, true],
    ['one of them failing', { country: 'NZ', path: '/x' }, false],
    ['any', { any: [{ country: 'AU' }, { country: 'NZ' }] }, true],
    ['any of none', { any: [{ country: 'AU' }, { country: 'FJ' }] }, false],
    ['all', { all: [{ country: 'NZ' }, { method: 'GET' }] }, true],
    ['all but one', { all: [{ country: 'NZ' }, { method: 'PUT' }] }, false],
    ['not', { not: { country: 'AU' } }, true],
    ['not of what holds', { not: { country: 'NZ' } }, false],
    ['not beside an attribute', { country: 'NZ', not: { path: { startsWith: '/admin' } } }, true],
    ['a segment', { segment: 'oceania' }, true],
    ['a segment of segments', { segment: 'home' }, true],
    ['not a segment', { not: { segment: 'oceania' } }, false],
  ])('%s', (_, condition, expected) => {
    const segments = { oceania: { country: ['NZ', 'AU'] }, home: { segment: 'oceania', method: 'GET' } };
    expect(holds(condition, nz, segments)).toBe(expected);
  });
});

describe('a mistake is refused where it stands', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['an unknown attribute', { contry: 'NZ' }, '$.if.contry', /no such attribute.*country/],
    ['a context outside of flags', { 'context.plan': 'x' }, '$.if["context.plan"]', /no such attribute/],
    ['a header without a name', { 'header.': 'x' }, '$.if["header."]', /no such attribute/],
    ['an unknown matcher', { path: { startswith: '/' } }, '$.if.path.startswith', /startsWith/],
    ['an empty matcher', { path: {} }, '$.if.path', /a value/],
    ['null', { path: null }, '$.if.path', /text/],
    ['an empty list', { path: [] }, '$.if.path', /1 to 1000/],
    ['a number for text', { path: 5 }, '$.if.path', /text/],
    ['a wrong value in a list', { path: ['/', 5] }, '$.if.path[1]', /text/],
    ['text for a number', { asn: '13335' }, '$.if.asn', /number/],
    ['text for true', { isEU: 'yes' }, '$.if.isEU', /true or false/],
    ['a device there is none of', { device: 'phone' }, '$.if.device', /mobile, tablet/],
    ['a browser in capitals', { browser: 'Chrome' }, '$.if.browser', /lower case/],
    ['a network as a value', { ip: '10.0.0.0/8' }, '$.if.ip', /cidr/],
    ['a bad network', { ip: { cidr: '10.0.0.0/33' } }, '$.if.ip.cidr', /network/],
    ['a bad network in a list', { ip: { cidr: ['10.0.0.0/8', 'x'] } }, '$.if.ip.cidr[1]', /network/],
    ['an octal address', { ip: '010.0.0.1' }, '$.if.ip', /address/],
    ['a moment for the time', { time: '2026-01-01' }, '$.if.time', /after/],
    ['a bad time', { time: { after: 'tomorrow' } }, '$.if.time.after', /RFC 3339/],
    ['a bad range', { 'header.x': { semver: 'abc' } }, '$.if["header.x"].semver', /range/],
    ['a bad pattern', { path: { matches: '(' } }, '$.if.path.matches', /RE2/],
    ['a lookahead', { path: { matches: '(?=a)' } }, '$.if.path.matches', /lookaround/],
    ['a backreference', { path: { matches: '(a)\\1' } }, '$.if.path.matches', /backreferences/],
    ['a costly pattern', { path: { matches: '(a{1,90}){1,90}' } }, '$.if.path.matches', /too large/],
    ['exists with text', { path: { exists: 'yes' } }, '$.if.path.exists', /true or false/],
    ['exists: false with more', { path: { exists: false, equals: '/' } }, '$.if.path', /nothing else/],
    ['ignoreCase with text', { path: { equals: '/', ignoreCase: 1 } }, '$.if.path.ignoreCase', /true/],
    ['an empty condition', {}, '$.if', /everyone/],
    ['an empty any', { any: [] }, '$.if.any', /1 to/],
    ['an empty not', { not: {} }, '$.if.not', /everyone/],
    ['a list as a condition', [], '$.if', /condition/],
    ['a mistake deep inside', { any: [{ not: { pth: 1 } }] }, '$.if.any[0].not.pth', /no such attribute/],
    ['an unknown segment', { segment: 'staf' }, '$.if.segment', /"staff"/],
    ['a country in small letters', { country: 'nz' }, '$.if.country', /two capitals/],
    ['a continent by name', { continent: 'Oceania' }, '$.if.continent', /OC/],
    ['a location in small letters', { colo: ['AKL', 'syd'] }, '$.if.colo[1]', /three capitals/],
    ['a host with a port', { host: 'a.example:8080' }, '$.if.host', /without a port/],
    ['a path with a query', { path: '/a?b=1' }, '$.if.path', /without a query/],
    ['a path without a slash', { path: 'checkout' }, '$.if.path', /a path/],
    ['a method in small letters', { method: 'get' }, '$.if.method', /capitals/],
    ['a negative network', { asn: -1 }, '$.if.asn', /number/],
    [
      "a header of Weir's own",
      { 'header.x-weir-token': 'x' },
      '$.if["header.x-weir-token"]',
      /no such attribute/,
    ],
    ['empty text', { path: { startsWith: '' } }, '$.if.path.startsWith', /text/],
  ])('%s', (_, condition, path, message) => {
    const { problems } = compiled(condition, { staff: { 'header.x-team': 'web' } });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toBe(path);
    expect(problems[0]?.message).toMatch(message);
  });

  it('a circle of segments, naming it', () => {
    const segments = {
      a: { segment: 'b' },
      b: { any: [{ country: 'NZ' }, { segment: 'c' }] },
      c: { not: { segment: 'a' } },
    };
    expect(compiled({ segment: 'a' }, segments).problems).toEqual([
      { path: '$.segments.c.not.segment', message: expect.stringContaining('a → b → c → a') as string },
    ]);
  });

  it('a matcher that does not fit its attribute', () => {
    const operand: Readonly<Record<string, unknown>> = {
      equals: 'x',
      startsWith: 'x',
      endsWith: 'x',
      contains: 'x',
      matches: 'x',
      gt: 1,
      gte: 1,
      lt: 1,
      lte: 1,
      semver: '*',
      cidr: '10.0.0.0/8',
      after: '2026-01-01',
      before: '2026-01-01',
      exists: true,
    };
    const words = ['equals', 'startsWith', 'endsWith', 'contains', 'matches'];
    const fitting = (attribute: string): string[] => {
      if (/^(?:header|cookie|query)\./.test(attribute)) return [...MATCHERS];
      switch (attribute) {
        case 'asn':
          return ['gt', 'gte', 'lt', 'lte', 'exists'];
        case 'isEU':
          return ['exists'];
        case 'ip':
          return ['cidr', 'exists'];
        case 'time':
          return ['after', 'before', 'exists'];
        default:
          return [...words, 'exists'];
      }
    };
    const attributes = [...FIXED_ATTRIBUTES, ...KEYED_ATTRIBUTES.map(name => `${name}.x`)];
    for (const attribute of attributes) {
      const equals = TEXTS[attribute]?.value ?? 'x';
      const accepted = MATCHERS.filter(
        matcher =>
          compiled({ [attribute]: { [matcher]: { ...operand, equals }[matcher] } }).problems.length === 0,
      );
      expect([attribute, accepted.toSorted()]).toEqual([attribute, fitting(attribute).toSorted()]);
    }
  });
});
