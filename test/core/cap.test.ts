import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absorb, withCap, type Active, type Stored } from '../../src/core/rollout/active.ts';
import { candidateOf } from '../../src/core/rollout/candidate.ts';
import type { Cap, Limit } from '../../src/core/rollout/cap.ts';
import { decide } from '../../src/core/rollout/decide.ts';
import { documentText, noSecrets } from '../support/documents.ts';
import { facts } from '../support/facts.ts';

const ALL = { host: { exists: true } };
const CANARY = candidateOf({ origin: 'https://canary.example' });
const ANOTHER = candidateOf({ origin: 'https://canary.example', version: '2' });

const limit = (share: number, change: Partial<Limit> = {}): Limit => ({
  candidate: CANARY,
  share,
  isBarred: false,
  ...change,
});
const capOf = (canary: Limit, sequence = 1): Cap => ({ sequence, limits: { canary } });
const ROLLED_BACK = capOf(limit(0, { isBarred: true }));

interface Situation {
  readonly rules?: readonly unknown[];
  readonly weight?: number;
  readonly candidates?: Stored['candidates'];
  readonly cap?: Cap;
}

function activeIn({ rules = [], weight = 0, candidates, cap }: Situation): Active {
  const stored = candidates === undefined ? {} : { revision: 1, candidates };
  const { active } = absorb(
    'default',
    undefined,
    { document: { text: documentText({ rules }) }, weight: { text: String(weight), ...stored } },
    noSecrets,
  );
  if (active === undefined) throw new Error('the document does not compile');
  return cap === undefined ? active : withCap(active, cap);
}

const VISITORS = 2000;

function isOnCanary({ rollout, split }: Active, visitor: number): boolean {
  return decide(rollout, split, `visitor-${visitor}`, facts()).variant.name === 'canary';
}

/** Percent of many visitors, rounded to the next ten. */
function shareOnCanary(situation: Situation): number {
  const active = activeIn(situation);
  const count = Array.from({ length: VISITORS }, (_, visitor) => isOnCanary(active, visitor)).filter(Boolean);
  return Math.round((count.length * 10) / VISITORS) * 10;
}

const serve = [{ name: 'r', if: ALL, serve: 'canary' }];
const weighted = [{ name: 'r', if: ALL, weights: 50 }];
const uncapped = [{ name: 'r', if: ALL, weights: 50, uncapped: true }];
const another = limit(100_000, { candidate: ANOTHER });

describe('a cap', () => {
  it.each<[string, Situation, number]>([
    ['nothing, as long as there is none', { weight: 50 }, 50],
    ['nothing of a variant that it does not name', { weight: 50, cap: { sequence: 1, limits: {} } }, 50],
    ['a weight above it', { weight: 50, cap: capOf(limit(20_000)) }, 20],
    ['nothing of a weight below it', { weight: 10, cap: capOf(limit(20_000)) }, 10],
    ['all of a weight when it is for another candidate', { weight: 50, cap: capOf(another) }, 0],
    ['the weights of a rule', { rules: weighted, cap: capOf(limit(20_000)) }, 20],
    ['a rule when it is for another candidate', { rules: weighted, cap: capOf(another) }, 0],
    ['nothing of a rule that says so', { rules: uncapped, cap: capOf(limit(0)) }, 50],
    ['nothing of a rule that serves', { rules: serve, cap: capOf(limit(0)) }, 100],
    ['a rule that says so too, after a rollback', { rules: uncapped, cap: ROLLED_BACK }, 0],
    ['a rule that serves, after a rollback', { rules: serve, cap: ROLLED_BACK }, 0],
    [
      'nothing of a rule that serves, after the rollback of another candidate',
      { rules: serve, cap: capOf({ ...another, isBarred: true }) },
      100,
    ],
  ])('holds back %s', (_, situation, expected) => {
    expect(shareOnCanary(situation)).toBe(expected);
  });

  it('never brings anyone to the canary whom the weight alone would not', () => {
    const share = fc.integer({ min: 0, max: 100_000 });
    const percent = fc.integer({ min: 0, max: 100 });
    const rules = fc.constantFrom([], weighted, uncapped, serve);
    const limits = fc.record({
      candidate: fc.constantFrom(CANARY, ANOTHER),
      share,
      isBarred: fc.boolean(),
    });
    fc.assert(
      fc.property(percent, rules, limits, fc.nat(1000), (weight, rules, canary, visitor) => {
        const free = activeIn({ weight, rules });
        const held = withCap(free, capOf(canary));
        if (isOnCanary(held, visitor)) expect(isOnCanary(free, visitor)).toBe(true);
      }),
    );
  });

  it('moves nobody but those that it takes from the canary, and brings the same ones back', () => {
    const visitors = Array.from({ length: 500 }, (_, visitor) => visitor);
    const seen = [50_000, 20_000, 50_000].map(share => {
      const active = activeIn({ weight: 100, cap: capOf(limit(share)) });
      return visitors.filter(visitor => isOnCanary(active, visitor));
    });
    expect(seen[0]).toEqual(seen[2]);
    expect(seen[0]).toEqual(expect.arrayContaining(seen[1] ?? []));
  });

  it('lets a signed override see what was rolled back', () => {
    const { rollout, split } = activeIn({ rules: serve, cap: ROLLED_BACK });
    const forced = rollout.variants[1]!;
    expect(decide(rollout, split, 'visitor', facts(), forced).variant).toBe(forced);
  });

  it('is not replaced by an earlier one that arrives late', () => {
    const active = activeIn({ weight: 50, cap: capOf(limit(0), 7) });
    expect(withCap(active, capOf(limit(50_000), 6))).toBe(active);
    expect(withCap(active, capOf(limit(50_000), 8)).split.weights).toEqual([50_000, 50_000]);
  });

  it('survives whatever is read from KV', () => {
    const active = activeIn({ weight: 50, cap: capOf(limit(5000)) });
    const reading = { document: { text: documentText({ salt: 'x' }) }, weight: { text: '80' } };
    expect(absorb('default', active, reading, noSecrets).active?.split.weights).toEqual([95_000, 5_000]);
  });

  it('names another generation whenever it changes a coin, and only then', () => {
    const generation = (situation: Situation) => activeIn(situation).split.generation;
    const rules = weighted;
    expect(generation({ rules, weight: 5, cap: capOf(limit(50_000)) })).toBe(
      generation({ rules, weight: 5 }),
    );
    const coins: Situation[] = [
      { rules, weight: 5 },
      { rules, weight: 5, cap: capOf(limit(20_000)) },
      { rules, weight: 5, cap: capOf(limit(2000)) },
      { rules: serve, weight: 5 },
      { rules: serve, weight: 5, cap: capOf(limit(50_000, { isBarred: true })) },
    ];
    expect(new Set(coins.map(generation)).size).toBe(coins.length);
  });
});

describe('a weight', () => {
  it.each<[string, Stored['candidates'], number]>([
    ['holds for the candidate that it was issued for', { canary: CANARY }, 50],
    ['is 0 for any other', { canary: ANOTHER }, 0],
    ['holds for a candidate that it says nothing of', {}, 50],
    ['written by hand holds for the candidate that it meets', undefined, 50],
  ])('%s', (_, candidates, expected) => {
    expect(shareOnCanary({ weight: 50, candidates })).toBe(expected);
  });

  it('holds when it is issued anew for the candidate of the document, with the same figure', () => {
    const before = activeIn({ weight: 50, candidates: { canary: ANOTHER } });
    const weight = { text: '50', revision: 2, candidates: { canary: CANARY } };
    const after = absorb('default', before, { document: null, weight }, noSecrets).active;
    expect(after?.split.weights).toEqual([50_000, 50_000]);
  });
});

describe('a candidate', () => {
  const base = { origin: 'https://a.example', version: '1', headers: { 'x-a': '1', 'x-b': '$secret:B' } };

  it.each([
    ['another origin', { ...base, origin: 'https://b.example' }],
    ['another version', { ...base, version: '2' }],
    ['no version', { origin: base.origin, headers: base.headers }],
    ['another header', { ...base, headers: { ...base.headers, 'x-c': '1' } }],
    ['another value of a header', { ...base, headers: { ...base.headers, 'x-a': '2' } }],
  ])('is another one with %s', (_, other) => {
    expect(candidateOf(other)).toMatch(/^[0-9a-f]{8}$/);
    expect(candidateOf(other)).not.toBe(candidateOf(base));
  });

  it('is the same whatever the order of its headers, and whatever its secrets hold', () => {
    expect(candidateOf({ ...base, headers: { 'x-b': '$secret:B', 'x-a': '1' } })).toBe(candidateOf(base));
    const text = documentText({ variants: { stable: { origin: 'https://s.example' }, canary: base } });
    const hashes = ['one', 'two'].map(
      secret =>
        absorb('default', undefined, { document: { text }, weight: null }, () => secret).active?.rollout
          .variants[1]?.candidate,
    );
    expect(hashes).toEqual([candidateOf(base), candidateOf(base)]);
  });
});
