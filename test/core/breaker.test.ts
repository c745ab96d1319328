import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerOutcome } from '../../src/core/rollout/breaker.ts';

const SETTINGS = { consecutiveErrors: 3, cooldownMs: 100 };
const LEASE_MS = 50;

/** Outcomes of requests that are sent and answered one after the other at time 0. */
function after(...outcomes: readonly BreakerOutcome[]): Breaker {
  const breaker = new Breaker(SETTINGS);
  for (const outcome of outcomes) {
    const ticket = breaker.admit(0, true, LEASE_MS);
    if (ticket !== undefined) breaker.settle(ticket, outcome, 0);
  }
  return breaker;
}

const opened = (): Breaker => after('error', 'error', 'error');

/** The probe at a time when there must be one. */
function probe(breaker: Breaker, now: number): number {
  const ticket = breaker.admit(now, true, LEASE_MS);
  if (ticket === undefined) throw new Error('no probe was let through');
  return ticket;
}

describe('the breaker', () => {
  it.each<[outcomes: readonly BreakerOutcome[], isOpen: boolean]>([
    [['error', 'error'], false],
    [['error', 'error', 'error'], true],
    [['error', 'error', 'success', 'error', 'error'], false],
    [['error', 'error', 'unknown', 'error'], true],
    [['success', 'error', 'error', 'error'], true],
    [['error', 'error', 'unclear', 'unclear', 'unclear'], false],
    [['error', 'error', 'unclear', 'unclear', 'unclear', 'unclear'], true],
    [new Array<BreakerOutcome>(11).fill('unclear'), false],
    [new Array<BreakerOutcome>(12).fill('unclear'), true],
  ])('after %j is open: %j', (outcomes, isOpen) => {
    expect(after(...outcomes).isOpen).toBe(isOpen);
  });

  it('says once that it opened', () => {
    const breaker = new Breaker(SETTINGS);
    const tickets = [1, 2, 3, 4, 5].map(() => breaker.admit(0, true, LEASE_MS)!);
    expect(tickets.map(ticket => breaker.settle(ticket, 'error', 0))).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['one that can fail over before the cooldown', 99, true, false],
    ['one that can fail over after the cooldown', 100, true, true],
    ['one that cannot after the cooldown', 100, false, false],
    ['one that cannot after a second cooldown', 200, false, true],
  ])('while open: %s', (_, now, canFailOver, isLetThrough) => {
    expect(opened().admit(now, canFailOver, LEASE_MS) !== undefined).toBe(isLetThrough);
  });

  it("stays open for another cooldown after a probe whose failure may be the client's own doing", () => {
    const breaker = opened();
    breaker.settle(probe(breaker, 100), 'unclear', 110);
    expect([breaker.isOpen, breaker.admit(209, true, LEASE_MS)]).toEqual([true, undefined]);
    expect(breaker.admit(210, true, LEASE_MS)).toBeDefined();
  });

  it.each<[outcome: BreakerOutcome, isOpen: boolean]>([
    ['success', false],
    ['error', true],
    ['unknown', true],
  ])('after a probe with %s is open: %j', (outcome, isOpen) => {
    const breaker = opened();
    expect(breaker.settle(probe(breaker, 100), outcome, 110)).toBe(outcome === 'error');
    expect(breaker.isOpen).toBe(isOpen);
  });

  it('takes another cooldown after a failed probe', () => {
    const breaker = opened();
    breaker.settle(probe(breaker, 100), 'error', 110);
    expect(breaker.admit(209, true, LEASE_MS)).toBeUndefined();
    expect(breaker.admit(210, true, LEASE_MS)).toBeDefined();
  });

  it('lets the next one probe at once if a probe told nothing, and after its lease if it died', () => {
    const breaker = opened();
    breaker.settle(probe(breaker, 100), 'unknown', 110);
    probe(breaker, 110);
    expect(breaker.admit(159, true, LEASE_MS)).toBeUndefined();
    probe(breaker, 160);
  });

  it('is not closed by a probe whose lease ran out, nor by what was sent before it opened', () => {
    const breaker = new Breaker(SETTINGS);
    const before = breaker.admit(0, true, LEASE_MS)!;
    for (let i = 0; i < 3; i++) breaker.settle(breaker.admit(0, true, LEASE_MS)!, 'error', 0);
    const late = probe(breaker, 100);
    const current = probe(breaker, 150);
    for (const ticket of [before, late]) breaker.settle(ticket, 'success', 160);
    expect(breaker.isOpen).toBe(true);
    breaker.settle(current, 'success', 170);
    expect(breaker.isOpen).toBe(false);
  });

  it('never opens on fewer failures in a row than it is told to', () => {
    const outcomes = fc.array(fc.constantFrom<BreakerOutcome>('error', 'unknown', 'success'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), outcomes, (consecutiveErrors, each) => {
        const breaker = new Breaker({ consecutiveErrors, cooldownMs: 100 });
        let inARow = 0;
        for (const outcome of each) {
          if (outcome === 'error' && inARow === consecutiveErrors - 1) inARow = 0;
          else {
            breaker.settle(breaker.admit(0, true, LEASE_MS)!, outcome, 0);
            if (outcome !== 'unknown') inARow = outcome === 'error' ? inARow + 1 : 0;
          }
          expect(breaker.isOpen).toBe(false);
          if (inARow === 0) breaker.settle(breaker.admit(0, true, LEASE_MS)!, 'success', 0);
        }
      }),
    );
  });

  /** What a hundred concurrent requests do, in any order of sending, answering and dying. */
  const step = fc.record({
    passes: fc.integer({ min: 0, max: 60 }),
    what: fc.constantFrom<'send' | BreakerOutcome>('send', 'send', 'error', 'error', 'success', 'unknown'),
    canFailOver: fc.boolean(),
    which: fc.nat(),
  });

  it('has never more than one probe under way in a lease, and closes with the first that succeeds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const breaker = new Breaker(SETTINGS);
        let now = 0;
        let probing: { ticket: number; until: number } | undefined;
        const underWay: number[] = [];
        for (const { passes, what, canFailOver, which } of steps) {
          now += passes;
          if (what === 'send') {
            const wasOpen = breaker.isOpen;
            const ticket = breaker.admit(now, canFailOver, LEASE_MS);
            if (ticket === undefined) continue;
            underWay.push(ticket);
            if (!wasOpen) continue;
            expect(probing === undefined || now >= probing.until).toBe(true);
            probing = { ticket, until: now + LEASE_MS };
          } else if (underWay.length > 0) {
            const [ticket] = underWay.splice(which % underWay.length, 1) as [number];
            const wasOpen = breaker.isOpen;
            breaker.settle(ticket, what, now);
            if (!wasOpen) continue;
            if (ticket === probing?.ticket) {
              expect(breaker.isOpen).toBe(what !== 'success');
              probing = undefined;
            } else expect(breaker.isOpen).toBe(true);
          }
        }
      }),
    );
  });
});
