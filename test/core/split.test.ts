import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/rollout/decide.ts';
import { documentText, rolloutOf, splitOf, THREE_VARIANTS } from '../support/documents.ts';
import { facts } from '../support/facts.ts';

/** Variant names of visitors `0 … count - 1` under the given weights. */
function variantsOf(weights: unknown, count: number, text = documentText()): string[] {
  const rollout = rolloutOf(text);
  const split = splitOf(rollout, weights, text);
  return Array.from(
    { length: count },
    (_, visitor) => decide(rollout, split, `visitor-${visitor}`, facts()).variant.name,
  );
}

function shareOf(variant: string, variants: readonly string[]): number {
  return variants.filter(name => name === variant).length / variants.length;
}

describe('the main split', () => {
  it('sends no visitor to the canary at weight 0 and every visitor at 100', () => {
    expect(shareOf('canary', variantsOf(0, 20_000))).toBe(0);
    expect(shareOf('canary', variantsOf(100, 20_000))).toBe(1);
  });

  it.each([
    [10, 10_000, 0.01],
    [0.25, 100_000, 0.0005],
    [50, 20_000, 0.011],
    [99.999, 20_000, 0.0005],
  ])('gives weight %d its share of %i visitors, within %d', (weight, visitors, tolerance) => {
    expect(Math.abs(shareOf('canary', variantsOf(weight, visitors)) - weight / 100)).toBeLessThanOrEqual(
      tolerance,
    );
  });

  it('moves exactly the visitors that a weight change must move, visitor by visitor', () => {
    const ladder = [1, 5, 25, 50, 100, 25, 0];
    let before = variantsOf(ladder[0], 20_000);
    for (const [step, weight] of ladder.slice(1).entries()) {
      const after = variantsOf(weight, 20_000);
      const isRaise = weight > ladder[step]!;
      for (const [visitor, variant] of after.entries()) {
        // A raise only brings visitors to the canary, a cut only takes them away.
        if (variant !== before[visitor]) expect(variant).toBe(isRaise ? 'canary' : 'stable');
      }
      before = after;
    }
  });

  it('never moves a visitor between two candidates, whichever of them is raised or lowered', () => {
    const weights = fc.tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 50_000 }));
    const rollout = rolloutOf(THREE_VARIANTS);
    fc.assert(
      fc.property(weights, weights, fc.string(), ([a1, b1], [a2, b2], visitor) => {
        const at = (a: number, b: number) =>
          decide(rollout, splitOf(rollout, { canary: a / 1000, 'canary-b': b / 1000 }), visitor, facts())
            .variant.name;
        const [before, after] = [at(a1, b1), at(a2, b2)];
        if (before === after) return;
        expect([before, after]).toContain('stable');
        if (after === 'canary') expect(a2).toBeGreaterThan(a1);
        if (after === 'canary-b') expect(b2).toBeGreaterThan(b1);
        if (before === 'canary') expect(a2).toBeLessThan(a1);
        if (before === 'canary-b') expect(b2).toBeLessThan(b1);
      }),
    );
  });

  it('keeps candidates apart through any sequence of changes, each to one weight', () => {
    const rollout = rolloutOf(THREE_VARIANTS);
    const step = fc.record({
      candidate: fc.constantFrom('canary', 'canary-b'),
      share: fc.integer({ min: 0, max: 100_000 }),
    });
    const visitors = Array.from({ length: 50 }, (_, n) => `visitor-${n}`);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), steps => {
        const weights = { canary: 0, 'canary-b': 0 };
        const drawn = () => {
          const split = splitOf(rollout, {
            canary: weights.canary / 1000,
            'canary-b': weights['canary-b'] / 1000,
          });
          return visitors.map(visitor => decide(rollout, split, visitor, facts()).variant.name);
        };
        let before = drawn();
        for (const { candidate, share } of steps) {
          const name = candidate;
          const other = name === 'canary' ? 'canary-b' : 'canary';
          const from = weights[name];
          // Together they can't have more than everything.
          weights[name] = Math.min(share, 100_000 - weights[other]);
          const after = drawn();
          const [gains, loses] = weights[name] > from ? [name, 'stable'] : ['stable', name];
          for (const [visitor, variant] of after.entries())
            if (variant !== before[visitor]) expect([before[visitor], variant]).toEqual([loses, gains]);
          before = after;
        }
      }),
    );
  });

  it('draws everyone anew under another salt', () => {
    const a = variantsOf(50, 2000, documentText({ salt: 'a' }));
    const b = variantsOf(50, 2000, documentText({ salt: 'b' }));
    const same = a.filter((variant, visitor) => variant === b[visitor]).length / 2000;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.06);
  });

  it('names another generation for every change of document or weight, and the same for none', () => {
    const rollout = rolloutOf();
    const generation = (weight: number, text = documentText()) => splitOf(rollout, weight, text).generation;
    expect(generation(10)).toBe(generation(10));
    expect(
      new Set([
        generation(10),
        generation(10.001),
        generation(11),
        generation(10, documentText({ salt: 'x' })),
      ]).size,
    ).toBe(4);
  });
});

describe('a decision', () => {
  it('is stable for everyone while the document is disabled', () => {
    const rollout = rolloutOf(documentText({ enabled: false }));
    const decision = decide(rollout, splitOf(rollout, 100), 'anyone', facts());
    expect(decision).toMatchObject({ variant: { name: 'stable' }, reason: 'disabled', randomised: false });
  });

  it('is stable and not drawn without a unit', () => {
    const rollout = rolloutOf();
    expect(decide(rollout, splitOf(rollout, 100), undefined, facts())).toMatchObject({
      variant: { name: 'stable' },
      reason: 'default',
      randomised: false,
    });
  });
});
