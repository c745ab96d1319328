/**
 * The isolate's memory of which rollout serves which host.
 *
 * A request reads memory only; KV is read behind it. Timestamps are kept between requests, promises
 * never: a request may not wait on another's I/O (workerd forbids it), and a flag would stay set
 * when the request that set it dies.
 */
import type { Reading } from '../core/rollout/active.ts';
import { DEFAULT_ROLLOUT, rolloutOf } from '../core/rollout/control.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Env } from './env.ts';
import { readRollouts } from './kv-reader.ts';
import { RolloutMemory } from './rollout-memory.ts';
import { attempt, sleep, within } from './waiting.ts';

/** Hosts, as clients spell them, and rollouts remembered at most. */
const MAX_REMEMBERED = 1000;
/** When KV has not answered by then, a cold isolate asks the controller beside it. */
const ASK_AFTER_MS = 60;
/** A reading of KV that takes longer is given up; the next one tries again. */
const READ_TIMEOUT_MS = 10_000;
/** For so many refreshes the absence of a host's own document is remembered. */
const ABSENCE_REFRESHES = 4;
const POLL_MS = 5;
const NOTHING: Reading = { document: null, weight: null };

export interface HostMemory {
  readonly authority: string;
  /** The rollout that serves this host: its own, or `default`. */
  rollout: RolloutMemory;
  /** When KV is due to be read again; milliseconds since 1970. */
  refreshAt: number;
  /** Until then a document of the host's own isn't looked for. */
  absentUntil: number;
}

/** Told of a rollout that has refused readings to report, also where no traffic of its own reports them. */
export type ProblemListener = (rollout: RolloutMemory, env: Env) => Promise<void>;

export class ConfigCache {
  readonly #onProblem: ProblemListener;
  readonly #hosts = new BoundedMap<HostMemory>(MAX_REMEMBERED);
  readonly #rollouts = new BoundedMap<RolloutMemory>(MAX_REMEMBERED);
  /** Until when the first reading for a host is under way. */
  readonly #loading = new BoundedMap<number>(MAX_REMEMBERED);

  constructor(onProblem: ProblemListener) {
    this.#onProblem = onProblem;
  }

  /** What is remembered for a host; undefined in a cold isolate. */
  peek(authority: string): HostMemory | undefined {
    return this.#hosts.get(authority);
  }

  /** Reads KV behind the request if it is due. Never waits, never throws. */
  refreshIfDue(host: HostMemory, env: Env, ctx: ExecutionContext, now: number): void {
    if (now < host.refreshAt) return;
    host.refreshAt = now + refreshMs(env);
    ctx.waitUntil(attempt('refreshing the configuration', this.#refresh(host, env, now)));
  }

  /**
   * The first requests for a host in this isolate: starts one reading and waits for what it brings.
   * @returns undefined if nothing is known after `waitMs`
   */
  async load(
    authority: string,
    env: Env,
    ctx: ExecutionContext,
    waitMs: number,
  ): Promise<HostMemory | undefined> {
    const start = Date.now();
    if ((this.#loading.get(authority) ?? 0) <= start) {
      this.#loading.set(authority, start + READ_TIMEOUT_MS + ASK_AFTER_MS);
      ctx.waitUntil(attempt('loading the configuration', this.#loadCold(authority, env)));
    }
    let host = this.#hosts.get(authority);
    while (host === undefined && Date.now() - start < waitMs) {
      await sleep(POLL_MS);
      host = this.#hosts.get(authority);
    }
    return host;
  }

  async #loadCold(authority: string, env: Env): Promise<void> {
    const own = rolloutOf(authority);
    const names = own === DEFAULT_ROLLOUT ? [own] : [own, DEFAULT_ROLLOUT];
    const reading = attempt('reading KV', within(READ_TIMEOUT_MS, readRollouts(env.ROLLOUTS, names)));

    const early = await Promise.race([reading, sleep(ASK_AFTER_MS)]);
    this.#take(names, early ?? undefined, env);
    await this.#fill(names, early ?? undefined, env);
    const isKnown = names.some(name => this.#rollout(name).active !== undefined);
    if (isKnown) this.#remember(authority, own, env);

    const readings = await reading;
    if (early === undefined) this.#take(names, readings, env);
    if (readings === undefined && !isKnown) this.#rollout(DEFAULT_ROLLOUT).take(NOTHING, env);
    this.#remember(authority, own, env);
    this.#loading.delete(authority);
    await this.#report(names, readings, env);
  }

  async #refresh(host: HostMemory, env: Env, now: number): Promise<void> {
    const own = rolloutOf(host.authority);
    const isOwn = host.rollout.name === own;
    const names =
      own === DEFAULT_ROLLOUT || (!isOwn && now < host.absentUntil)
        ? [DEFAULT_ROLLOUT]
        : [own, DEFAULT_ROLLOUT];
    const readings = await attempt('reading KV', within(READ_TIMEOUT_MS, readRollouts(env.ROLLOUTS, names)));
    this.#take(names, readings, env);
    await this.#fill(names, readings, env);
    this.#remember(host.authority, own, env);
    await this.#report(names, readings, env);
  }

  #take(names: readonly string[], readings: ReadonlyMap<string, Reading> | undefined, env: Env): void {
    for (const name of names) {
      const reading = readings?.get(name);
      if (reading !== undefined) this.#rollout(name).take(reading, env);
    }
  }

  async #fill(
    names: readonly string[],
    readings: ReadonlyMap<string, Reading> | undefined,
    env: Env,
  ): Promise<void> {
    await Promise.all(names.map(name => this.#rollout(name).fillFromController(readings?.get(name), env)));
  }

  async #report(
    names: readonly string[],
    readings: ReadonlyMap<string, Reading> | undefined,
    env: Env,
  ): Promise<void> {
    for (const name of names) {
      const reading = readings?.get(name);
      const rollout = this.#rollout(name);
      if (reading !== undefined) await rollout.reportHandWritten(reading, env);
      if (rollout.configErrors > 0) await this.#onProblem(rollout, env);
    }
  }

  #remember(authority: string, own: string, env: Env): void {
    const now = Date.now();
    const previous = this.#hosts.get(authority);
    const ownRollout = this.#rollouts.get(own);
    const rollout = ownRollout?.active !== undefined ? ownRollout : this.#rollout(DEFAULT_ROLLOUT);
    const absentUntil =
      previous !== undefined && previous.absentUntil > now
        ? previous.absentUntil
        : now + ABSENCE_REFRESHES * refreshMs(env);
    const host = previous ?? { authority, rollout, refreshAt: now + refreshMs(env), absentUntil };
    host.rollout = rollout;
    host.absentUntil = absentUntil;
    this.#hosts.set(authority, host);
  }

  #rollout(name: string): RolloutMemory {
    const memory = this.#rollouts.get(name) ?? new RolloutMemory(name);
    this.#rollouts.set(name, memory);
    return memory;
  }
}

function refreshMs(env: Env): number {
  const seconds = Number(env.CONFIG_REFRESH ?? 15);
  return seconds > 0 ? seconds * 1000 : 15_000;
}
