import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/core/rollout/proxy-options.ts';
import { drawFaults, type Rehearsal } from '../../src/core/rollout/faults.ts';

const delay = (percent: number, ms = 500): Fault => ({ kind: 'delay', percent, ms });
const status = (percent: number, code = 503): Fault => ({ kind: 'status', percent, status: code });

/** Gives these numbers in turn. */
function drawing(...numbers: readonly number[]): () => number {
  const left = [...numbers];
  return () => left.shift() ?? 0;
}

describe('rehearsed failures', () => {
  it.each<
    [what: string, faults: readonly Fault[], drawn: readonly number[], expected: Rehearsal | undefined]
  >([
    ['none declared', [], [], undefined],
    ['none drawn', [delay(20), status(10)], [0.2, 0.1], undefined],
    ['a delay', [delay(20), status(10)], [0.19, 0.1], { delayMs: 500, status: undefined }],
    ['a status', [delay(20), status(10)], [0.2, 0.09], { delayMs: 0, status: 503 }],
    ['both', [delay(20), status(10)], [0, 0], { delayMs: 500, status: 503 }],
    ['two delays add up', [delay(50, 100), delay(50, 20)], [0, 0], { delayMs: 120, status: undefined }],
    ['the first of two statuses', [status(50, 502), status(50, 404)], [0, 0], { delayMs: 0, status: 502 }],
    ['the second alone', [status(50, 502), status(50, 404)], [0.5, 0], { delayMs: 0, status: 404 }],
    ['every request at 100', [status(100)], [1 - Number.EPSILON], { delayMs: 0, status: 503 }],
    ['the smallest share', [status(0.001)], [0.00001], undefined],
  ])('%s', (_, faults, drawn, expected) => {
    expect(drawFaults(faults, drawing(...drawn))).toEqual(expected);
  });

  it('show each at its own rate', () => {
    const faults = [delay(20), status(10)];
    const draws = Array.from({ length: 100_000 }, () => drawFaults(faults, Math.random));
    const share = (has: (rehearsal: Rehearsal) => boolean) =>
      draws.filter(rehearsal => rehearsal !== undefined && has(rehearsal)).length / draws.length;
    // Five standard deviations.
    expect(Math.abs(share(({ delayMs }) => delayMs > 0) - 0.2)).toBeLessThan(0.0064);
    expect(Math.abs(share(rehearsal => rehearsal.status === 503) - 0.1)).toBeLessThan(0.0048);
    expect(
      Math.abs(share(rehearsal => rehearsal.delayMs > 0 && rehearsal.status === 503) - 0.02),
    ).toBeLessThan(0.0023);
  });
});
