import { describe, expect, it } from 'vitest';
import { holds, type Given } from '../support/facts.ts';

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

  it.each([false, true])('of any length are searched for what is in them (ignoreCase: %j)', ignoreCase => {
    const found = (matcher: object, path: string) => holds({ path: { ...matcher, ignoreCase } }, { path });
    // What a long text begins and ends with must not be read as one.
    const long = `/${'a'.repeat(766)}x${'b'.repeat(5000)}y${'c'.repeat(255)}`;
    expect(found({ contains: 'ax' }, long)).toBe(true);
    expect(found({ contains: 'xy' }, long)).toBe(false);
    expect(found({ contains: 'by' }, long)).toBe(false);
    expect(found({ startsWith: '/aa', endsWith: 'cc' }, long)).toBe(true);
    expect(found({ endsWith: `b${'c'.repeat(255)}` }, long)).toBe(false);
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
