/**
 * The isolate's memory of which rollout serves which host.
 *
 * A request reads memory only; KV is read behind it. Timestamps are kept between requests, promises
 * never: a request may not wait on another's I/O (workerd forbids it), and a flag would stay set
 * when the request that set it dies.
 */
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { Active, Reading } from '../core/rollout/active.ts';
import { DEFAULT_ROLLOUT, rolloutOf } from '../core/rollout/control.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Env } from './env.ts';
import { HostBook, MAX_REMEMBERED, type HostMemory } from './host-book.ts';
import { readRollouts } from './kv-reader.ts';
import { absenceMs, refreshMs, RETRY_MS } from './refresh-pace.ts';
import { Registry } from './registry.ts';
import { RolloutMemory } from './rollout-memory.ts';
import { atMost, attempt, sleep, within } from './waiting.ts';

/** When KV has not answered by then, a cold isolate asks the controller beside it. */
const ASK_AFTER_MS = 60;
/** A reading of KV that takes longer is given up; the next one tries again. */
const READ_TIMEOUT_MS = 10_000;
/** Of the time that a request in a cold isolate has, so much may go by until the hub has said what is allowed. */
const CAP_WAIT_MS = 200;
/** Though KV has taken all of that. */
const LEAST_CAP_WAIT_MS = 50;
const POLL_MS = 5;

/** Told of a rollout that has refused readings to report, also where no traffic of its own reports them. */
export type ProblemListener = (rollout: RolloutMemory, env: Env) => Promise<void>;

type Readings = ReadonlyMap<string, Reading> | undefined;

export class ConfigCache {
  readonly #onProblem: ProblemListener;
  readonly #default = new RolloutMemory(DEFAULT_ROLLOUT);
  readonly #hosts = new HostBook();
  /** Rollouts of hosts, by name; those without a document only while they are looked up. */
  readonly #rollouts = new BoundedMap<RolloutMemory>(MAX_REMEMBERED);
  /** Until when the first reading for a host is under way. */
  readonly #loading = new BoundedMap<number>(MAX_REMEMBERED);
  readonly #registry = new Registry();

  constructor(onProblem: ProblemListener) {
    this.#onProblem = onProblem;
  }

  /** What is remembered for a host; undefined in a cold isolate. */
  peek(authority: string): HostMemory | undefined {
    return this.#hosts.get(authority);
  }

  /**
   * Reads KV behind the request if it is due. Never waits, never throws.
   * @returns whether it was due so long ago that what is remembered may be far from what is in force
   */
  refreshIfDue(host: HostMemory, env: Env, ctx: ExecutionContext, now: number): boolean {
    if (now < host.refreshAt) return false;
    const isOverdue = now >= host.refreshAt + refreshMs(env);
    host.refreshAt = now + refreshMs(env);
    const asked = isOverdue ? host.rollout.fillCapAnew(env) : undefined;
    if (asked !== undefined) ctx.waitUntil(asked);
    ctx.waitUntil(attempt('refreshing the configuration', () => this.#refresh(host, env, now, asked)));
    return isOverdue;
  }

  /** After an idle spell: waits for the refresh that was just started, at most `waitMs`. */
  async settled(host: HostMemory, since: number, waitMs: number): Promise<void> {
    while (host.rememberedAt < since && Date.now() - since < waitMs) await sleep(POLL_MS);
  }

  /**
   * The first requests for a host in this isolate: starts one reading and waits for what it brings.
   * @param isEnough whether what is known so far will do
   * @returns undefined if that isn't all known after `waitMs`
   */
  async load(
    authority: string,
    env: Env,
    ctx: ExecutionContext,
    waitMs: number,
    isEnough: (host: HostMemory) => boolean = () => true,
  ): Promise<HostMemory | undefined> {
    const start = Date.now();
    if (!this.isLoading(authority)) {
      this.#loading.set(authority, start + READ_TIMEOUT_MS + ASK_AFTER_MS);
      ctx.waitUntil(attempt('loading the configuration', () => this.#loadCold(authority, env, ctx)));
    }
    let host = this.peek(authority);
    const isToCome = (): boolean => host === undefined || (!isEnough(host) && this.isLoading(authority));
    while (isToCome() && Date.now() - start < waitMs) {
      await sleep(POLL_MS);
      host = this.peek(authority);
    }
    return host;
  }

  /** Whether the first reading for a host is under way. */
  isLoading(authority: string): boolean {
    return (this.#loading.get(authority) ?? 0) > Date.now();
  }

  /** What a request may be served stable from while the rest is still on its way. */
  provisional(authority: string): Active | undefined {
    return this.#rollout(rolloutOf(authority)).active ?? this.#default.active;
  }

  /** Reads KV and, where that is late or not enough, asks the controller; whatever is clear first is used. */
  async #loadCold(authority: string, env: Env, ctx: ExecutionContext): Promise<void> {
    const start = Date.now();
    const own = this.#rollout(rolloutOf(authority));
    const rollouts = own === this.#default ? [own] : [own, this.#default];
    const settle = (isAbsent: boolean, absentMs: number, refreshInMs: number): void => {
      if (own.isComplete()) this.#remember(authority, own, own, env, 0);
      else if (isAbsent && this.#default.isComplete()) {
        this.#remember(authority, own, this.#default, env, absentMs, refreshInMs);
      }
    };

    const fillCap = (): Promise<void> => {
      const asking = (own.active === undefined ? this.#default : own).fillCap(env);
      // A late answer is taken, too.
      ctx.waitUntil(asking);
      return atMost(Math.max(start + CAP_WAIT_MS - Date.now(), LEAST_CAP_WAIT_MS), asking);
    };
    const reading = this.#read(rollouts, start, env).then(async readings => (await fillCap(), readings));
    const asking = this.#ask(own, rollouts, reading, env).then(async isKnown => {
      await fillCap();
      // The registry hears of a document only after the first isolate has read it: look again soon.
      settle(isKnown === false, 0, RETRY_MS);
      return isKnown;
    });
    const readings = await reading;
    settle(false, 0, RETRY_MS);
    const isKnown = await asking;
    // Nobody but the controller can tell whether there was something better than what was refused.
    if (own.active !== undefined || own.flags.isBad) await own.fillFromController(env);
    const isAbsent = readings?.get(own.name)?.document === null;
    const { isPresent, isBad } = own.flags;
    if (isAbsent) settle(isKnown !== true, isPresent || isBad ? 0 : absenceMs(env), refreshMs(env));
    else settle(false, 0, RETRY_MS);
    if (this.peek(authority) === undefined) {
      // All has been tried. What isn't known for sure is looked up again soon.
      const rollout = own.active === undefined ? this.#default : own;
      if (readings === undefined) rollout.takeSilence(env);
      this.#remember(authority, own, rollout, env, 0, RETRY_MS);
    }
    this.#loading.delete(authority);
    await this.#report(rollouts, readings, env);
  }

  /** @returns whether the registry knows the host's own rollout; undefined where there was no need to ask it, or no answer */
  async #ask(
    own: RolloutMemory,
    rollouts: readonly RolloutMemory[],
    reading: Promise<Readings>,
    env: Env,
  ): Promise<boolean | undefined> {
    await Promise.race([reading, sleep(ASK_AFTER_MS)]);
    const isOpen = own !== this.#default && own.active === undefined;
    const isKnown = isOpen ? await this.#registry.knows(own.name, env) : undefined;
    const worthAsking = rollouts.filter(rollout => rollout !== own || isKnown !== false);
    await Promise.all(worthAsking.map(rollout => rollout.fillFromController(env)));
    return isKnown;
  }

  /** @param asked once the cap is known, too, what is remembered is settled */
  async #refresh(host: HostMemory, env: Env, now: number, asked?: Promise<void>): Promise<void> {
    const name = rolloutOf(host.authority);
    const own = [host.rollout, host.flagOwner].find(known => known.name === name) ?? this.#rollout(name);
    const isAway = own !== host.rollout && now < host.absentUntil;
    const rollouts = own === this.#default || isAway ? [this.#default] : [own, this.#default];
    const readings = await this.#read(rollouts, now, env);
    await Promise.all(
      rollouts
        .filter(({ active, flags }) => active !== undefined || flags.isPresent || flags.isBad)
        .map(rollout => rollout.fillFromController(env)),
    );
    if (asked !== undefined) await atMost(CAP_WAIT_MS, asked);
    const rollout = own.active === undefined ? this.#default : own;
    const isAbsent = isAway || (readings?.get(own.name)?.document === null && !own.flags.isPresent);
    const absentMs = isAway
      ? host.absentUntil - now
      : isAbsent && own.problems.length === 0
        ? absenceMs(env)
        : 0;
    const refreshInMs = rollout.active === undefined ? RETRY_MS : refreshMs(env);
    this.#remember(host.authority, own, rollout, env, absentMs, refreshInMs);
    await this.#report(rollouts, readings, env);
  }

  async #read(rollouts: readonly RolloutMemory[], since: number, env: Env): Promise<Readings> {
    const names = rollouts.map(rollout => rollout.name);
    const readings = await attempt('reading KV', () =>
      within(READ_TIMEOUT_MS, readRollouts(env.ROLLOUTS, names)),
    );
    for (const rollout of rollouts) {
      const reading = readings?.get(rollout.name);
      if (reading !== undefined) rollout.take(reading, since, env);
    }
    return readings;
  }

  async #report(rollouts: readonly RolloutMemory[], readings: Readings, env: Env): Promise<void> {
    for (const rollout of rollouts) {
      const reading = readings?.get(rollout.name);
      if (reading !== undefined) await rollout.reportHandWritten(reading, env);
      if (rollout.configErrors > 0) await this.#onProblem(rollout, env);
    }
  }

  #remember(
    authority: string,
    own: RolloutMemory,
    rollout: RolloutMemory,
    env: Env,
    absentMs: number,
    refreshInMs = refreshMs(env),
  ): void {
    const flagOwner = this.#flagOwner(authority, own);
    const isOwn = rollout === own || flagOwner === own;
    this.#hosts.enter(authority, rollout, flagOwner, isOwn, absentMs, refreshInMs);
    if (isOwn && own !== this.#default) this.#rollouts.set(own.name, own);
    // Kept only if there is something to keep: a refused document still has to be reported.
    if (!isOwn && own.problems.length === 0) this.#rollouts.delete(own.name);
  }

  /** The default flags only for a host that is known to have none of its own: hosts never share flags by mistake. */
  #flagOwner(authority: string, own: RolloutMemory): RolloutMemory {
    if (own.flags.isPresent) return own;
    return own.flags.isAbsent ? this.#default : (this.peek(authority)?.flagOwner ?? own);
  }

  /** Flags that the hub says are switched off, of whatever rollouts. */
  takeFlagsOff(lists: readonly FlagsOff[]): void {
    const find = (name: string) => (name === DEFAULT_ROLLOUT ? this.#default : this.#rollouts.get(name));
    for (const list of lists) find(list.rollout)?.flags.takeOff(list);
  }

  #rollout(name: string): RolloutMemory {
    if (name === DEFAULT_ROLLOUT) return this.#default;
    let memory = this.#rollouts.get(name);
    if (memory === undefined) {
      memory = new RolloutMemory(name);
      this.#rollouts.set(name, memory);
    }
    return memory;
  }
}
