import { describe, expect, it } from 'vitest';
import { leastToGo, rungsOf } from '../../dashboard/text/ladder.ts';
import type { DeliveryStatus } from '../../dashboard/types.ts';
import { deliveryOf, runOf } from './delivery-status.ts';

function drawn(change: Partial<DeliveryStatus>): string[] {
  return rungsOf(deliveryOf(change)).map(
    ({ weight, state, time, approval }) =>
      `${weight} ${state} (${time.replaceAll('\u00a0', ' ')})${approval === null ? '' : ` ${approval}`}`,
  );
}

describe('the steps of a plan', () => {
  it('are done, now and next, with the time that is left', () => {
    expect(drawn({})).toEqual([
      '1 done (done)',
      '5 now (4 min left)',
      '25 next (hold 30 min) needed',
      '100 next (hold 60 min)',
    ]);
    expect(rungsOf(deliveryOf())[1]!.progress).toBeCloseTo(0.6);
    expect(leastToGo(deliveryOf())).toBe(240 + 1800 + 3600);
  });

  it('show where a person is waited for, and where one has agreed', () => {
    expect(drawn({ waitingFor: 'approval', run: runOf({ heldSeconds: 600 }) }).slice(1, 3)).toEqual([
      '5 now (held)',
      '25 next (hold 30 min) awaited',
    ]);
    expect(drawn({ run: runOf({ step: 2 }) })[2]).toMatch(/^25 now .* given$/);
  });

  it('show where it was stopped, and what was not reached', () => {
    expect(drawn({ phase: 'rolled-back' })).toEqual([
      '1 done (done)',
      '5 stopped (stopped here)',
      '25 next (not reached) needed',
      '100 next (not reached)',
    ]);
    expect(leastToGo(deliveryOf({ phase: 'rolled-back' }))).toBeNull();
  });

  it('are all ahead before the first weight, and all done in the end', () => {
    const states = (change: Partial<DeliveryStatus>): string[] =>
      rungsOf(deliveryOf(change)).map(({ state }) => state);
    const ahead = ['next', 'next', 'next', 'next'];
    expect(states({ run: runOf({ step: -1, heldSeconds: 0 }) })).toEqual(ahead);
    expect(states({ phase: 'idle', run: null })).toEqual(ahead);
    expect(states({ phase: 'completed' })).toEqual(['done', 'done', 'done', 'done']);
  });
});
