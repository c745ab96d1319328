import { describe, expect, it } from 'vitest';
import { absorb, type Absorbed, type Active, type Reading } from '../../src/core/rollout/active.ts';
import { murmur3 } from '../../src/core/rollout/hash.ts';
import { documentText, noSecrets, THREE_VARIANTS } from '../support/documents.ts';

function reading(document: string | null, weight: string | null, revision?: number): Reading {
  const stored = (text: string | null) =>
    text === null ? null : revision === undefined ? { text } : { text, revision };
  return { flags: null, document: stored(document), weight: stored(weight) };
}

/** What is in force after these readings, one after the other, and what is wrong with the last. */
function after(...readings: Reading[]): (Active & Pick<Absorbed, 'problems'>) | undefined {
  let absorbed: Absorbed | undefined;
  for (const next of readings) absorbed = absorb('default', absorbed?.active, next, noSecrets);
  return absorbed?.active === undefined ? undefined : { ...absorbed.active, problems: absorbed.problems };
}

const good = reading(documentText(), '10');

describe('what is in force', () => {
  it.each([
    ['a missing weight', reading(documentText(), null)],
    ['a missing document', reading(null, '10')],
    ['both missing', reading(null, null)],
    ['a weight that is no number', reading(documentText(), 'ten')],
    ['a weight below 0', reading(documentText(), '-1')],
    ['a weight above 100', reading(documentText(), '101')],
    ['a weight of {}', reading(documentText(), '{}')],
    ['an empty weight', reading(documentText(), '')],
    ['a document that is not JSON', reading('{', '10')],
    ['a document that does not validate', reading('{"variants":{}}', '10')],
  ])('survives %s', (_, bad) => {
    expect(after(good, bad)?.split.weights).toEqual([90_000, 10_000]);
    expect(after(good, bad)?.rollout.variants[1]?.origin).toBe('https://canary.example');
  });

  it('names what is not in force, with key and path, until it is mended', () => {
    const active = after(good, reading('{"variants":{}}', 'ten'));
    expect(active?.problems.map(({ key, path }) => `${key} ${path}`)).toEqual([
      'rollout:default $.variants',
      'weight:default $',
    ]);
    expect(after(good, reading(documentText(), 'ten'), good)?.problems).toEqual([]);
  });

  it('gives the canary nothing as long as no good weight was ever seen', () => {
    expect(after(reading(documentText(), null))?.split.weights).toEqual([100_000, 0]);
    expect(after(reading(documentText(), 'ten'))?.split.weights).toEqual([100_000, 0]);
  });

  it('takes a good weight although the document beside it is bad, and the other way round', () => {
    expect(after(good, reading('{', '20'))?.split.weights).toEqual([80_000, 20_000]);
    const changed = after(good, reading(documentText({ salt: 'new' }), 'ten'));
    expect(changed?.rollout.seed).toBe(murmur3('new'));
    expect(changed?.split.weights).toEqual([90_000, 10_000]);
  });

  it('ignores a value with an older revision: a slower location answered', () => {
    expect(after(reading(documentText(), '5', 4), reading(documentText(), '50', 3))?.split.weights).toEqual([
      95_000, 5_000,
    ]);
  });

  it('takes a value without a revision after one with: someone wrote it by hand', () => {
    expect(after(reading(documentText(), '5', 4), reading(documentText(), '50'))?.split.weights).toEqual([
      50_000, 50_000,
    ]);
  });

  it('gives the weight of a candidate that is gone to stable, to no other candidate', () => {
    const both = reading(THREE_VARIANTS, '{"canary": 10, "canary-b": 20}');
    const active = after(both, reading(documentText(), '{"canary": 10, "canary-b": 20}'));
    expect(active?.split.weights).toEqual([90_000, 10_000]);
  });

  it('is the same in a cold isolate, which has only what the controller kept', () => {
    const weight = { text: '{"canary": 10, "canary-b": 20}' };
    const cold = absorb(
      'default',
      undefined,
      { document: { text: documentText() }, weight },
      noSecrets,
      'last good',
    );
    expect(cold.active?.split.weights).toEqual([90_000, 10_000]);
  });

  it('is the very same object as long as nothing changes', () => {
    const first = after(good);
    expect(
      absorb('default', first, { document: first!.document, weight: first!.weight }, noSecrets).active,
    ).toBe(first);
  });
});
