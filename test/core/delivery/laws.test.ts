/** What holds of every way that a rollout can go. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/delivery/phase.ts';
import type { DeliveryEvent, Look } from '../../../src/core/delivery/event.ts';
import type { DeliveryState } from '../../../src/core/delivery/state.ts';
import { deliveryStatus } from '../../../src/core/delivery/status.ts';
import { transition } from '../../../src/core/delivery/transition.ts';
import {
  ANN,
  atSecondStep,
  baking,
  BOB,
  completed,
  Course,
  factsOf,
  lookOf,
  MINUTE,
  planned,
  START,
  started,
} from '../../support/course.ts';

const NOTIFY = [{ url: 'https://hooks.example.com/', format: 'json' }];
const GATES = [{ before: 'step', url: 'https://ci.example.com/' }];
const other = JSON.parse(planned({ candidate: 'canary-b' })) as { variants: object };
const DOCUMENTS = [
  planned({ notify: NOTIFY }),
  planned({ notify: NOTIFY, gates: GATES, holdback: 0 }),
  planned({}, { version: '2' }),
  planned({
    steps: [
      { weight: 50, hold: '1m', approval: true },
      { weight: 100, hold: '1m' },
    ],
  }),
  planned(null),
  planned({}, {}, { enabled: false }),
  JSON.stringify({ ...other, variants: { ...other.variants, 'canary-b': { origin: 'https://b.example' } } }),
].map(factsOf);

/** Where a way begins: chance alone hardly ever comes through a whole rollout. */
const BEGINNINGS = [
  new Course(planned()),
  new Course(planned(null)),
  started({ notify: NOTIFY, gates: [{ before: 'promotion', url: 'https://ci.example.com/' }] }),
  atSecondStep({ notify: NOTIFY }),
  baking({ notify: NOTIFY }),
  completed(),
  adopting(),
].map(({ state, now }) => ({ state, now }));
type Beginning = (typeof BEGINNINGS)[number];

function adopting(): Course {
  const course = completed();
  course.say({ verb: 'adopt' });
  return course;
}

const look: fc.Arbitrary<Look | null> = fc.option(
  fc
    .tuple(
      fc.constantFrom('pass', 'pass', 'pass', 'inconclusive', 'blind', 'mismatch', 'fail'),
      fc.constantFrom([], ['look here']),
    )
    .map(([kind, pages]) => lookOf(kind, { pages })),
  { freq: 8 },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ verb: fc.constant('start' as const), again: fc.boolean() }),
  fc.constantFrom<Command>(
    { verb: 'pause' },
    { verb: 'resume' },
    { verb: 'approve' },
    { verb: 'rollback' },
    { verb: 'promote' },
    { verb: 'promote', force: true, reason: 'known' },
    { verb: 'adopt' },
    { verb: 'adopt', undo: true, confirmed: true },
    { verb: 'freeze', until: START + 60 * MINUTE },
    { verb: 'freeze', until: null },
  ),
  fc.record({
    verb: fc.constant('weight' as const),
    weights: fc.dictionary(
      fc.constantFrom('canary', 'canary-b', 'nobody'),
      fc.integer({ min: -1, max: 101 }),
    ),
    force: fc.boolean(),
    reason: fc.constantFrom('', 'because'),
  }),
);

/** An event, and how long after the one before it; what it answers to is filled in when it happens. */
type Draft = (state: DeliveryState, key: string) => DeliveryEvent;

const tick = fc.record({
  look,
  isSettled: fc.boolean(),
  isHeard: fc.boolean(),
  version: fc.constantFrom(undefined, undefined, 'a', 'b'),
  isQuiet: fc.boolean(),
});

const event: fc.Arbitrary<Draft> = fc.oneof(
  {
    weight: 6,
    arbitrary: tick.map(({ look: seen, isSettled, isHeard, version, isQuiet }): Draft => () => ({
      kind: 'tick',
      look: seen,
      facts: {
        isSettled,
        isHeard,
        versions: version === undefined ? {} : { canary: version },
        otherGenerationAt: isQuiet ? null : START,
        quietMs: 120_000,
      },
    })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        command,
        fc.constantFrom(ANN, BOB),
        fc.option(fc.record({ answers: fc.boolean(), text: fc.string() })),
        look,
      )
      .map(([said, actor, probe, seen]): Draft => (_, key) => ({
        kind: 'command',
        key,
        command: said,
        actor,
        probe,
        look: seen,
      })),
  },
  fc
    .constantFrom(...DOCUMENTS)
    .map((document): Draft => (_, key) => ({ kind: 'document', key, document, actor: ANN })),
  fc.constant<Draft>((_, key) => ({ kind: 'config-refused', key, text: 'not JSON' })),
  fc
    .record({ canary: fc.integer({ min: 0, max: 100_000 }) })
    .map((shares): Draft => (_, key) => ({ kind: 'hand-weight', key, shares })),
  fc.boolean().map((passes): Draft => ({ run }) => ({
    kind: 'gate-answer',
    key: run?.gates[0]?.key ?? 'none',
    passes,
    answer: passes ? '200' : '503',
  })),
  fc.constant<Draft>(({ adoption }) => ({ kind: 'written', key: adoption?.key ?? 'none' })),
);

const course = fc.record({
  from: fc.constantFrom(...BEGINNINGS),
  steps: fc.array(fc.tuple(event, fc.constantFrom(0, 2000, MINUTE, 10 * MINUTE, 60 * MINUTE)), {
    maxLength: 40,
  }),
});

/** The plan's candidate's share, as visitors meet it: KV's, under the cap. */
function inForce({ shares, cap }: DeliveryState, candidate = 'canary'): number {
  const share = shares[candidate] ?? 0;
  return Math.min(share, cap.limits[candidate]?.share ?? share);
}

/** Goes a way. @param each is called with every state, event and what came of them */
function go(
  { from, steps }: { readonly from: Beginning; readonly steps: readonly (readonly [Draft, number])[] },
  each: (
    before: DeliveryState,
    what: DeliveryEvent,
    after: ReturnType<typeof transition>,
    now: number,
  ) => void,
): { readonly state: DeliveryState; readonly now: number } {
  let { state, now } = from;
  steps.forEach(([draft, wait], position) => {
    now += wait;
    const what = draft(state, `on the way ${position}`);
    const result = transition(state, what, now);
    each(state, what, result, now);
    state = result.state;
  });
  return { state, now };
}

describe('from any state that can be reached', () => {
  it('any event gives a state and effects, and a command an answer', () => {
    fc.assert(
      fc.property(course, way => {
        const keys = new Set<string>();
        const { state, now } = go(way, (before, what, { state: after, effects, answer }) => {
          expect(answer !== null).toBe(what.kind === 'command' || what.kind === 'document');
          for (const { key } of effects) {
            expect(keys.has(key)).toBe(false);
            keys.add(key);
          }
          // What was refused has not happened.
          if (answer !== null && answer.kind !== 'done') expect([after, effects]).toEqual([before, []]);
        });
        expect(deliveryStatus(state, { look: null, at: now }, now).advice).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('a failing verdict ends at weight 0, in every phase but idle and completed', () => {
    fc.assert(
      fc.property(course, way => {
        const { state, now } = go(way, () => undefined);
        const facts = {
          isSettled: true,
          isHeard: true,
          versions: {},
          otherGenerationAt: null,
          quietMs: 120_000,
        };
        const { state: after } = transition(state, { kind: 'tick', look: lookOf('fail'), facts }, now);
        if (state.phase === 'idle' || state.phase === 'completed') expect(after.phase).toBe(state.phase);
        else {
          expect(after.phase).toBe('rolled-back');
          expect(after.run === null ? 0 : inForce(after, after.run.candidate)).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a rollback is done, and everybody is on stable', () => {
    fc.assert(
      fc.property(course, way => {
        const { state, now } = go(way, () => undefined);
        const command: Command = { verb: 'rollback' };
        const said = { kind: 'command', key: 'last', command, actor: BOB, probe: null, look: null } as const;
        const { state: after, answer } = transition(state, said, now);
        expect([answer?.kind, after.phase]).toEqual(['done', 'rolled-back']);
        for (const candidate of Object.keys(after.shares)) expect(inForce(after, candidate)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('no look raises a weight above the steps it has evidence for', () => {
    fc.assert(
      fc.property(course, way => {
        go(way, (before, what, { state: after }) => {
          if (what.kind !== 'tick' || after.run === null) return;
          const candidate = after.run.candidate;
          if (inForce(after, candidate) <= inForce(before, candidate)) return;
          const { run } = before;
          const isFirst = run?.step === -1;
          const isResumed = run !== null && after.run.step === run.step && after.phase !== 'completed';
          const isPromoted = run?.promotion !== null;
          const isEnd = before.phase === 'baking' && what.look?.verdict.kind !== 'fail';
          expect(isFirst || isResumed || isPromoted || isEnd || what.look?.verdict.kind === 'pass').toBe(
            true,
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  it('nobody meets a candidate that has no step yet, while its run is under way', () => {
    fc.assert(
      fc.property(course, way => {
        go(way, (_, __, { state }) => {
          const { run } = state;
          if (run === null || run.endedAt !== null || run.step >= 0) return;
          expect(inForce(state, run.candidate)).toBe(0);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('the cap is published with the weight, before it, and never under an old number', () => {
    fc.assert(
      fc.property(course, way => {
        let { sequence } = way.from.state.cap;
        go(way, (_, __, { effects, state }) => {
          for (const effect of effects) {
            if (effect.kind !== 'set-cap') continue;
            expect(effect.cap.sequence).toBeGreaterThan(sequence);
            sequence = effect.cap.sequence;
          }
          expect(state.cap.sequence).toBe(sequence);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('the same event brought twice changes nothing more', () => {
    fc.assert(
      fc.property(course, way => {
        go(way, (_, what, { state: after, answer }, now) => {
          if (what.kind === 'tick' || (answer !== null && answer.kind !== 'done')) return;
          const again = transition(after, what, now);
          expect([again.state, again.effects]).toEqual([after, []]);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('a look at the same moment with the same facts changes nothing more once nothing moves', () => {
    fc.assert(
      fc.property(course, look, (way, seen) => {
        const reached = go(way, () => undefined);
        let { state } = reached;
        const facts = {
          isSettled: true,
          isHeard: true,
          versions: {},
          otherGenerationAt: null,
          quietMs: 120_000,
        };
        const tickNow = (): DeliveryState =>
          transition(state, { kind: 'tick', look: seen, facts }, reached.now).state;
        for (let step = 0; step < 8; step++) state = tickNow();
        expect(tickNow()).toBe(state);
      }),
      { numRuns: 100 },
    );
  });

  it('the state is plain JSON of bounded size', () => {
    fc.assert(
      fc.property(course, way => {
        const { state } = go(way, () => undefined);
        const text = JSON.stringify(state);
        expect(JSON.parse(text)).toEqual(state);
        expect(text.length).toBeLessThan(100_000);
      }),
      { numRuns: 100 },
    );
  });
});
