/**
 * One look at a rollout under way: what the hub has taken since the last one goes to the judge, and its
 * verdict to the state machine. The judge's memory, the place up to which the hub was read, and what the
 * verdict sets off are stored together: no record is judged twice, and none is skipped.
 */
import type { SparseHistogram } from '../core/analysis/histogram.ts';
import { judge } from '../core/analysis/judge.ts';
import { startJudging } from '../core/analysis/state.ts';
import type { Facts } from '../core/delivery/event.ts';
import { momentOf } from '../core/delivery/judge-settings.ts';
import { settingsOf, type Judging } from '../core/delivery/judging.ts';
import { inForce } from '../core/delivery/limits.ts';
import type { DeliveryState, Run } from '../core/delivery/state.ts';
import type { HubReading } from '../core/metrics/hub-reading.ts';
import type { DeliveryRunner } from './delivery-runner.ts';
import type { DeliveryStore } from './delivery-store.ts';
import { within } from './waiting.ts';

const READ_MS = 1500;

/** What a look is told beside the hub's reading. */
export interface LookWorld {
  /** @param cursor null to learn only where the hub is now */
  read(rollout: string, cursor: number | null): Promise<HubReading>;
  /** Stable's latencies of the last 24 hours. */
  baseline(rollout: string): Promise<SparseHistogram | null>;
  isSettled(now: number): boolean;
  readonly quietMs: number;
  /** Generations that the run itself may bring about: of the document in force, with each step's weight. */
  ownGenerations(rollout: string, run: Run): readonly string[];
  /** Of the document and the weights in force; undefined without a document. */
  currentGeneration(rollout: string): string | undefined;
}

export class Looking {
  readonly #store: DeliveryStore;
  readonly #runner: DeliveryRunner;
  readonly #world: LookWorld;

  constructor(store: DeliveryStore, runner: DeliveryRunner, world: LookWorld) {
    this.#store = store;
    this.#runner = runner;
    this.#world = world;
  }

  async look(rollout: string): Promise<void> {
    const before = this.#store.judging();
    const isStart = before !== null && before.state === null;
    // What was there before a run is not judged: reading all of an hour could take too long for ever.
    const cursor = before?.state == null ? null : before.cursor;
    const [reading, baseline] = await Promise.all([
      attempt(`reading the hub of ${rollout}`, () => this.#world.read(rollout, cursor)),
      isStart ? attempt(`the past of ${rollout}`, () => this.#world.baseline(rollout)) : null,
    ]);
    const now = Date.now();
    const judging = this.#store.judging();
    // Someone else has looked meanwhile, or the run is another one: the next look does it right.
    if (judging?.cursor !== before?.cursor || judging?.run !== before?.run) return;
    if ((judging?.state == null) !== (before?.state == null)) return;
    const state = this.#runner.state(rollout);
    const facts = this.#factsOf(rollout, reading, now);
    const { run } = state;
    if (judging === null || run === null || judging.run !== run.id || !isJudged(state)) {
      const seen = judging === null ? undefined : { ...judging, look: null, lookedAt: now };
      this.#runner.apply(rollout, { kind: 'tick', look: null, facts }, now, seen);
      return;
    }
    const next =
      judging.state === null
        ? this.#begin(rollout, state, run, judging, reading, baseline ?? null, now)
        : this.#judged(state, run, judging, reading, now);
    this.#runner.apply(rollout, { kind: 'tick', look: next.look, facts }, now, next);
  }

  /** The first look of a run finds out what was there before, and judges none of it. */
  #begin(
    rollout: string,
    state: DeliveryState,
    run: Run,
    judging: Judging,
    reading: HubReading | undefined,
    baseline: SparseHistogram | null,
    now: number,
  ): Judging {
    // There is nothing to judge yet; but that it stays so must not go unsaid.
    if (reading === undefined) return { ...this.#judged(state, run, judging, reading, now), state: null };
    const own = new Set(this.#world.ownGenerations(rollout, run));
    const started: Judging = {
      ...judging,
      cursor: reading.cursor,
      excluded: Object.keys(reading.generations).filter(generation => !own.has(generation)),
      baseline,
      stickyBy: state.document?.draw.by ?? 'cookie',
      lookedAt: now,
      unreadableSince: null,
    };
    return { ...started, state: startJudging(settingsOf(started, run.plan)) };
  }

  #judged(
    state: DeliveryState,
    run: Run,
    judging: Judging,
    reading: HubReading | undefined,
    now: number,
  ): Judging {
    const unreadableSince = reading === undefined ? (judging.unreadableSince ?? now) : null;
    const settings = settingsOf(judging, run.plan);
    const seen = {
      ...judging,
      cursor: reading?.cursor ?? judging.cursor,
      lookedAt: now,
      unreadableSince,
    };
    const moment = momentOf(state, run, now, { unreadableSince, excluded: judging.excluded });
    // What was seen of visitors that it has no more says nothing about now.
    if (moment === null) return { ...seen, look: null };
    const before = judging.state ?? startJudging(settings);
    const { state: memory, ...look } = judge(before, reading?.interval ?? null, settings, moment);
    return { ...seen, state: memory, look };
  }

  #factsOf(rollout: string, reading: HubReading | undefined, now: number): Facts {
    const current = this.#world.currentGeneration(rollout);
    const others = Object.entries(reading?.generations ?? {}).filter(
      ([generation]) => generation !== current,
    );
    return {
      isSettled: this.#world.isSettled(now),
      isHeard: reading !== undefined,
      quietMs: this.#world.quietMs,
      versions: reading?.versions ?? {},
      // Nobody knows what isolates do that can't be heard.
      otherGenerationAt:
        reading === undefined
          ? now
          : others.reduce<number | null>((at, [, seen]) => Math.max(at ?? 0, seen), null),
    };
  }
}

/** Evidence is gathered as long as the run is open, paused or not, from its first visitor on. */
function isJudged(state: DeliveryState): boolean {
  const { run } = state;
  return run !== null && run.endedAt === null && (run.step >= 0 || inForce(state, run.candidate) > 0);
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await within(READ_MS, work());
  } catch (error) {
    console.warn(JSON.stringify({ message: `${what} failed`, error: String(error) }));
    return undefined;
  }
}
