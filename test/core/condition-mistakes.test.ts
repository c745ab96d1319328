import { describe, expect, it } from 'vitest';
import { FIXED_ATTRIBUTES, KEYED_ATTRIBUTES } from '../../src/core/rollout/conditions/attributes.ts';
import { MATCHERS } from '../../src/core/rollout/conditions/matchers.ts';
import { compiled } from '../support/facts.ts';

/** Values of attributes that don't take just any text. */
const VALUES: Readonly<Record<string, string>> = {
  country: 'NZ',
  continent: 'OC',
  colo: 'AKL',
  device: 'tablet',
  path: '/cart',
  method: 'POST',
};

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
    const attributes = [...FIXED_ATTRIBUTES.request, ...KEYED_ATTRIBUTES.request.map(name => `${name}.x`)];
    for (const attribute of attributes) {
      const equals = VALUES[attribute] ?? 'x';
      const accepted = MATCHERS.filter(
        matcher =>
          compiled({ [attribute]: { [matcher]: { ...operand, equals }[matcher] } }).problems.length === 0,
      );
      expect([attribute, accepted.toSorted()]).toEqual([attribute, fitting(attribute).toSorted()]);
    }
  });
});
