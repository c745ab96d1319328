import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import { decide, type Decision } from '../../src/core/rollout/decide.ts';
import { documentText, noSecrets, rolloutOf, splitOf, THREE_VARIANTS } from '../support/documents.ts';
import { facts, type Given } from '../support/facts.ts';

interface Change {
  readonly rules: readonly unknown[];
  readonly [key: string]: unknown;
}

/** @param visitor null for a request that must not be drawn */
function decided(
  change: Change,
  given: Given = {},
  visitor: string | null = 'visitor',
  weight = 0,
): Decision {
  const text = documentText(change);
  const rollout = rolloutOf(text);
  return decide(rollout, splitOf(rollout, weight, text), visitor ?? undefined, facts(given));
}

/** Variant names of many visitors from New Zealand. */
function drawn(change: Change, count: number, weight = 0): string[] {
  const text = documentText(change);
  const rollout = rolloutOf(text);
  const split = splitOf(rollout, weight, text);
  const nz = facts({ country: 'NZ' });
  return Array.from({ length: count }, (_, n) => decide(rollout, split, `visitor-${n}`, nz).variant.name);
}

/** Holds for everyone. */
const ALL = { host: { exists: true } };
const nzAt = (weight: unknown, name = 'nz') => ({
  rules: [{ name, if: { country: 'NZ' }, weights: weight }],
});

describe('rules', () => {
  it('serve their variant to whom they hold for, and say their name', () => {
    const rules = [{ name: 'staff first', if: { 'header.x-team': 'web' }, serve: 'canary' }];
    expect(decided({ rules }, { headers: { 'x-team': 'web' } })).toMatchObject({
      variant: { name: 'canary' },
      reason: 'rule',
      rule: 'staff first',
      randomised: false,
      coin: 'serve:staff first',
    });
    expect(decided({ rules })).toMatchObject({
      variant: { name: 'stable' },
      reason: 'split',
      randomised: true,
      coin: 'split',
    });
  });

  it('with weights draw a coin of their own, and none for whoever must not be drawn', () => {
    const rules = [{ name: 'half', if: ALL, weights: 50 }];
    expect(decided({ rules })).toMatchObject({ reason: 'rule', randomised: true, coin: 'rule:half' });
    const undrawn = decided({ rules }, {}, null);
    expect(undrawn).toMatchObject({ variant: { name: 'stable' }, rule: 'half', randomised: false });
    expect(undrawn.coin).toBeUndefined();
  });

  it('are asked in order: the first match wins', () => {
    const country = fc.constantFrom('NZ', 'AU', 'FJ');
    const rule = fc.record({ if: fc.record({ country }), serve: fc.constantFrom('stable', 'canary') });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), country, (rules, from) => {
        const first = rules.findIndex(candidate => candidate.if.country === from);
        const decision = decided({ rules }, { country: from });
        expect(decision.rule).toBe(first < 0 ? undefined : `rule-${first + 1}`);
        if (first >= 0) expect(decision.variant.name).toBe(rules[first]?.serve);
      }),
    );
  });

  it('of segments hold where the segment does', () => {
    const change = {
      segments: { oceania: { country: ['NZ', 'AU'] } },
      rules: [
        {
          name: 'early',
          if: { segment: 'oceania', not: { path: { startsWith: '/admin' } } },
          serve: 'canary',
        },
      ],
    };
    expect(decided(change, { country: 'AU' }).variant.name).toBe('canary');
    expect(decided(change, { country: 'AU', path: '/admin/x' }).variant.name).toBe('stable');
    expect(decided(change, { country: 'FJ' }).variant.name).toBe('stable');
  });

  it('stay in force at weight 0, and not in a disabled rollout', () => {
    const rules = [{ if: ALL, serve: 'canary' }];
    expect(decided({ rules }, {}, 'visitor', 0).variant.name).toBe('canary');
    expect(decided({ rules, enabled: false })).toMatchObject({
      variant: { name: 'stable' },
      reason: 'disabled',
    });
  });

  it('that serve hold for requests that must not be drawn, rules that split leave those on stable', () => {
    const bot = { if: { device: 'bot' } };
    const given: Given = { device: 'bot' };
    expect(decided({ rules: [{ ...bot, serve: 'canary' }] }, given, null).variant.name).toBe('canary');
    const split = decided({ rules: [{ ...bot, weights: 100 }] }, given, null, 100);
    expect(split).toMatchObject({ variant: { name: 'stable' }, reason: 'rule', rule: 'rule-1' });
    expect(decided({ rules: [] }, given, null, 100)).toMatchObject({
      variant: { name: 'stable' },
      reason: 'default',
    });
  });

  it('yield to a forced variant, and that to a disabled rollout', () => {
    const text = documentText({ rules: [{ if: ALL, serve: 'stable' }] });
    const rollout = rolloutOf(text);
    const canary = rollout.variants[1];
    const split = splitOf(rollout, 0, text);
    expect(decide(rollout, split, 'visitor', facts(), canary)).toEqual({
      variant: canary,
      reason: 'override',
      randomised: false,
      bucket: 0,
    });
    const disabled = rolloutOf(documentText({ enabled: false }));
    expect(decide(disabled, split, 'visitor', facts(), canary).reason).toBe('disabled');
  });
});

describe("a rule's own split", () => {
  it.each([0, 10, 50, 100])('gives weight %d its share, exactly none at 0 and all at 100', weight => {
    const share = drawn(nzAt(weight), 20_000).filter(name => name === 'canary').length / 20_000;
    expect(Math.abs(share - weight / 100)).toBeLessThanOrEqual(weight % 100 === 0 ? 0 : 0.011);
  });

  it('moves exactly the visitors that a change of its weight must move', () => {
    const ladder = [1, 5, 25, 50, 100, 25, 0];
    let before = drawn(nzAt(ladder[0]), 5000);
    for (const [step, weight] of ladder.slice(1).entries()) {
      const after = drawn(nzAt(weight), 5000);
      const isRaise = weight > ladder[step]!;
      for (const [visitor, variant] of after.entries())
        if (variant !== before[visitor]) expect(variant).toBe(isRaise ? 'canary' : 'stable');
      before = after;
    }
  });

  it('moves nobody when the weight of the main split changes', () => {
    expect(drawn(nzAt(30), 2000, 90)).toEqual(drawn(nzAt(30), 2000, 0));
  });

  it('does not correlate with the main split, nor with another rule of the same weight', () => {
    const main = drawn({ rules: [] }, 20_000, 50);
    const rule = drawn(nzAt(50), 20_000);
    const other = drawn(nzAt(50, 'another'), 20_000);
    const agreement = (a: readonly string[], b: readonly string[]) =>
      a.filter((variant, n) => variant === b[n]).length / a.length;
    for (const [a, b] of [
      [main, rule],
      [main, other],
      [rule, other],
    ] as const)
      expect(Math.abs(agreement(a, b) - 0.5)).toBeLessThan(0.02);
  });

  it('keeps its visitors when rules are put before it, given it has a name', () => {
    const rule = { name: 'nz', if: { country: 'NZ' }, weights: 30 };
    const before = drawn({ rules: [rule] }, 2000);
    expect(drawn({ rules: [{ if: { country: 'AU' }, serve: 'canary' }, rule] }, 2000)).toEqual(before);
  });

  it('takes weights by variant, for two candidates without moving anyone between them', () => {
    const at = (weights: unknown, visitor: string) => {
      const text = JSON.stringify({
        ...(JSON.parse(THREE_VARIANTS) as object),
        rules: [{ if: ALL, weights }],
      });
      const rollout = rolloutOf(text);
      return decide(rollout, splitOf(rollout, 0, text), visitor, facts()).variant.name;
    };
    const share = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(share, share, share, share, fc.string(), (a1, b1, a2, b2, visitor) => {
        const before = at({ canary: a1, 'canary-b': b1 }, visitor);
        const after = at({ canary: a2, 'canary-b': b2 }, visitor);
        if (before !== after) expect([before, after]).toContain('stable');
      }),
    );
  });
});

describe('a mistake in a rule is refused where it stands', () => {
  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['no outcome', { rules: [{ name: 'x', if: ALL }] }, '$.rules[0]', /either "serve" or "weights"/],
    [
      'a rule that serves, uncapped',
      { rules: [{ if: ALL, serve: 'canary', uncapped: true }] },
      '$.rules[0].uncapped',
      /only weights/,
    ],
    ['no condition', { rules: [{ serve: 'canary' }] }, '$.rules[0].if', /expected a condition/],
    ['two outcomes', { rules: [{ if: ALL, serve: 'canary', weights: 5 }] }, '$.rules[0]', /either/],
    [
      'an unknown variant',
      { rules: [{ if: ALL, serve: 'canari' }] },
      '$.rules[0].serve',
      /"stable", "canary"/,
    ],
    ['a weight too high', { rules: [{ if: ALL, weights: 101 }] }, '$.rules[0].weights', /0 to 100/],
    [
      'a weight of nobody',
      { rules: [{ if: ALL, weights: { b: 1 } }] },
      '$.rules[0].weights.b',
      /no such variant/,
    ],
    [
      'a weight of stable',
      { rules: [{ if: ALL, weights: { stable: 1 } }] },
      '$.rules[0].weights.stable',
      /takes what/,
    ],
    [
      'weights above 100',
      { rules: [{ if: ALL, weights: { canary: 100.5 } }] },
      '$.rules[0].weights.canary',
      /0 to 100/,
    ],
    [
      'a name twice',
      {
        rules: [
          { name: 'a', if: ALL, serve: 'stable' },
          { name: 'a', if: ALL, serve: 'canary' },
        ],
      },
      '$.rules[1].name',
      /"a"/,
    ],
    [
      'a name with a line break',
      { rules: [{ name: 'a\nb', if: ALL, serve: 'stable' }] },
      '$.rules[0].name',
      /letters/,
    ],
    [
      'a bad condition',
      { rules: [{ if: { country: 7 }, serve: 'stable' }] },
      '$.rules[0].if.country',
      /text/,
    ],
    ['an unknown key', { rules: [{ if: ALL, serve: 'stable', when: {} }] }, '$.rules[0]', /when/],
    ['a bad segment', { segments: { a: { contry: 'NZ' } } }, '$.segments.a.contry', /no such attribute/],
    ['a circle', { segments: { a: { segment: 'a' } } }, '$.segments.a.segment', /a → a/],
    ['sticky by nothing', { sticky: { by: 'header' } }, '$.sticky.by', /header:<name>/],
    ['sticky by a bad header', { sticky: { by: 'header:a b' } }, '$.sticky.by', /header:<name>/],
    ['an unknown fallback', { sticky: { fallback: 'canary' } }, '$.sticky.fallback', /random/],
    [
      'a mirror to nobody',
      { proxy: { mirror: { to: 'b', percent: 5 } } },
      '$.proxy.mirror.to',
      /no such variant/,
    ],
    [
      'a mirror to stable',
      { proxy: { mirror: { to: 'stable', percent: 5 } } },
      '$.proxy.mirror.to',
      /"canary"/,
    ],
    [
      'a fault of nobody',
      { proxy: { faults: [{ variant: 'b', percent: 1, status: 503 }] } },
      '$.proxy.faults[0].variant',
      /no such/,
    ],
    [
      'a fault of no kind',
      { proxy: { faults: [{ variant: 'canary', percent: 1 }] } },
      '$.proxy.faults[0]',
      /delay/,
    ],
    [
      'a fault that succeeds',
      { proxy: { faults: [{ variant: 'canary', percent: 1, status: 200 }] } },
      '$.proxy.faults[0].status',
      /400/,
    ],
    [
      'a breaker that opens at once',
      { proxy: { breaker: { consecutiveErrors: 0 } } },
      '$.proxy.breaker.consecutiveErrors',
      /1/,
    ],
  ])('%s', (_, change, path, message) => {
    const result = compileDocument(documentText(change), 'default', noSecrets);
    const problems = result.ok ? [] : result.error;
    expect(problems.map(problem => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toMatch(message);
  });
});
