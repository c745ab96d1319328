/**
 * `MetricsHub`: the exact totals of one rollout, in SQLite; the object named `_index` also knows
 * all rollouts.
 *
 * Batches are added in memory, committed once a second and acknowledged after the commit. A batch
 * that was sent twice, or whose hub was evicted before it could answer, therefore counts once.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Interval } from '../core/analysis/interval.ts';
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { Batch, BatchReply, Orders } from '../core/metrics/batch.ts';
import type { BucketRecord } from '../core/metrics/buckets.ts';
import { MAX_TAIL_SECONDS, type HubReading } from '../core/metrics/hub-reading.ts';
import { activeIsolates, forgetSilentIsolates, ingest, type HubState } from '../core/metrics/hub-state.ts';
import { beginOf, FINEST_MS } from '../core/metrics/levels.ts';
import { FLUSH_MS, MAX_ASKED, nextFlushMs } from '../core/metrics/pace.ts';
import type { Series } from '../core/metrics/series.ts';
import type { ControllerGauges } from '../core/metrics/gauges.ts';
import { emptySnapshot, type Snapshot } from '../core/metrics/snapshot.ts';
import type { Cap } from '../core/rollout/cap.ts';
import { INDEX } from '../core/rollout/control.ts';
import { BucketStore } from './bucket-store.ts';
import { ControllerLink, SILENCE_MS, type Controllers } from './controller-link.ts';
import { readGauges, writeGauges } from './hub-gauges.ts';
import { enter, isEntered, noteCrowd, readCrowdedAt, readEntries, readNames } from './hub-index.ts';
import { JudgedStore } from './judged-store.ts';
import { commit, createTables, load, prune, readSnapshot } from './hub-store.ts';
import { Uncommitted } from './uncommitted.ts';
import { within } from './waiting.ts';

/** The second while isolates are to hear of an order. */
const [COMMIT_MS, HURRIED_COMMIT_MS] = [1000, 50];
const PRUNE_MS = 60_000;
/** The index gets a hub's totals so often, while there is traffic, and may take so long to answer. */
const [PUSH_MS, REGISTER_MS] = [10_000, 2000];

interface HubEnv {
  readonly METRICS_HUB: {
    getByName(name: string): { register(name: string, snapshot: Snapshot | null): Promise<void> };
  };
  readonly ROLLOUT_CONTROLLER: Controllers;
}

export class MetricsHub extends DurableObject<HubEnv> {
  readonly #sql: SqlStorage;
  readonly #buckets: BucketStore;
  readonly #judged: JudgedStore;
  readonly #controller: ControllerLink;
  #state: HubState;
  #rollout = '';
  #uncommitted: Uncommitted | undefined;
  #prunedAt = 0;
  /** Worked out once a commit: a busy hub has thousands of isolates to count. */
  #nextFlushMs = FLUSH_MS;
  #isRegistered = false;

  constructor(ctx: DurableObjectState, env: HubEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    createTables(this.#sql);
    this.#buckets = ctx.storage.transactionSync(() => new BucketStore(this.#sql));
    this.#judged = new JudgedStore(this.#sql);
    this.#controller = new ControllerLink(this.#sql, env.ROLLOUT_CONTROLLER);
    this.#state = load(this.#sql);
    this.#isRegistered = readSnapshot(this.#sql) !== null;
  }

  /** Adds a batch, once; resolves when it is on disk. */
  async ingest(batch: Batch): Promise<BatchReply> {
    const now = Date.now();
    this.#rollout = batch.rollout;
    const bucketAt = beginOf(now, FINEST_MS);
    if (bucketAt !== this.#state.bucketAt) {
      if (this.#state.bucket.size > 0) this.#commit();
      this.#state.bucketAt = bucketAt;
    }
    const isNew = ingest(this.#state, batch, now);
    // Nothing to wait for only if this very batch was committed before.
    if (isNew) this.#scheduleCommit().isolates.add(batch.isolate);
    await this.#uncommitted?.done;
    await this.#announce(now);
    return { nextFlushMs: this.#nextFlushMs, ...this.#controller.orders };
  }

  async setCap(rollout: string, cap: Cap, isWatched: boolean): Promise<void> {
    const now = Date.now();
    this.#controller.setCap(rollout, cap, isWatched, now);
    // Isolates that wait for an answer get it now, and with it the cap.
    this.#commit();
    if (isWatched) await this.#wakeBy(now + SILENCE_MS);
  }

  setFlagsOff(off: FlagsOff): void {
    this.#controller.setFlagsOff(off, Date.now());
    this.#commit();
  }

  orders(): Orders {
    return this.#controller.orders;
  }

  /** The committed totals, with everything that has arrived; null before the first batch or gauges. */
  snapshot(): Snapshot | null {
    this.#commit();
    const told = readGauges(this.#sql);
    const snapshot = readSnapshot(this.#sql) ?? (told === undefined ? null : emptySnapshot(told.rollout));
    return snapshot && { ...snapshot, cap: this.#controller.cap, gauges: told?.gauges ?? null };
  }

  /** What scrapes show of the controller from now on, also before the first request. */
  async setGauges(rollout: string, gauges: ControllerGauges): Promise<void> {
    const now = Date.now();
    this.#controller.heard(now);
    writeGauges(this.#sql, rollout, gauges);
    await this.#wakeBy(now + PUSH_MS);
  }

  /**
   * The {@link snapshot}, which the index has by then, too: whoever asks the index later sees no less.
   * @throws if the index does not take it, or not in time
   */
  async pushedSnapshot(): Promise<Snapshot | null> {
    const snapshot = this.snapshot();
    const index = this.env.METRICS_HUB.getByName(INDEX);
    if (snapshot !== null) await within(REGISTER_MS, index.register(snapshot.rollout, snapshot));
    return snapshot;
  }

  /** Counts by variant over about the last `seconds`, in whole buckets, and who sent any of late. */
  recent(seconds: number): { seconds: number; tallies: BucketRecord['tallies']; isolates: number } {
    this.#commit();
    const isolates = activeIsolates(this.#state, Date.now());
    return { ...this.#buckets.recent(seconds, Date.now()), isolates };
  }

  /** For the controller: what is to be judged after its cursor, see {@link JudgedStore.read}. */
  read(cursor: number | null): HubReading {
    this.#controller.heard(Date.now());
    this.#commit();
    return this.#judged.read(cursor, this.#state);
  }

  /** What was judged in the last `seconds`, at most {@link MAX_TAIL_SECONDS}, oldest first. */
  tail(seconds: number): Interval[] {
    this.#commit();
    return this.#judged.tail(Math.min(seconds, MAX_TAIL_SECONDS), Date.now());
  }

  /** Figures over time, see {@link BucketStore.series}. */
  series(windowSeconds: number, stepSeconds: number | undefined): Omit<Series, 'name'> {
    this.#commit();
    return this.#buckets.series(windowSeconds, stepSeconds, Date.now());
  }

  /** For the index: a rollout exists, and these are its totals (null: nothing proxied yet). */
  register(name: string, snapshot: Snapshot | null): void {
    enter(this.#sql, name, snapshot);
    noteCrowd(this.#sql, MAX_ASKED, Date.now());
  }

  crowdedAt(): number | null {
    return readCrowdedAt(this.#sql);
  }

  knows(name: string): boolean {
    return isEntered(this.#sql, name);
  }

  names(): string[] {
    return readNames(this.#sql);
  }

  rollouts(): { name: string; snapshot: Snapshot | null }[] {
    return readEntries(this.#sql);
  }

  /** Pushes the totals to the index, and wakes a controller that runs a plan: also without any traffic. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    // Before the work: an alarm that fails must not be the last one.
    if (this.#controller.isWatched) await this.ctx.storage.setAlarm(now + SILENCE_MS);
    // At once: an index that hangs is no reason not to wake who can roll back.
    await Promise.all([this.#controller.pokeIfSilent(now), this.#push()]);
  }

  async #push(): Promise<void> {
    try {
      await this.pushedSnapshot();
    } catch (error) {
      console.warn(JSON.stringify({ message: 'pushing totals to the index failed', error: String(error) }));
      await this.#wakeBy(Date.now() + PUSH_MS);
    }
  }

  async #announce(now: number): Promise<void> {
    // Also before the first push, which may get lost.
    await this.#wakeBy(now + PUSH_MS);
    if (this.#isRegistered) return;
    this.#isRegistered = true;
    // Not waited for: isolates need the reply, and the cap that is in it.
    this.ctx.waitUntil(this.#push());
  }

  /** Sets the alarm, unless it rings before that. */
  async #wakeBy(time: number): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || alarm > time) await this.ctx.storage.setAlarm(time);
  }

  #scheduleCommit(): Uncommitted {
    if (this.#uncommitted !== undefined) return this.#uncommitted;
    const uncommitted = new Uncommitted();
    const waitMs = this.#controller.isInAHurry(Date.now()) ? HURRIED_COMMIT_MS : COMMIT_MS;
    setTimeout(() => {
      // Not what came after a commit that was brought forward.
      if (this.#uncommitted === uncommitted) this.#commit();
    }, waitMs);
    this.#uncommitted = uncommitted;
    return uncommitted;
  }

  #commit(): void {
    const waiting = this.#uncommitted;
    if (waiting === undefined) return;
    this.#uncommitted = undefined;
    const now = Date.now();
    const isDue = now - this.#prunedAt > PRUNE_MS;
    const silent = isDue ? forgetSilentIsolates(this.#state, now) : [];
    try {
      this.ctx.storage.transactionSync(() => {
        commit(this.ctx.storage, this.#state, this.#rollout, waiting.isolates, now);
        this.#judged.commit(this.#state.judged, now);
        if (this.#state.bucket.size > 0) this.#buckets.add(this.#state);
        this.#buckets.rollUp(now);
        if (isDue) {
          prune(this.#sql, silent);
          this.#judged.prune(now);
          this.#buckets.prune(now);
        }
      });
      this.#state.bucket.clear();
      if (isDue) this.#prunedAt = now;
      this.#nextFlushMs = nextFlushMs(activeIsolates(this.#state, now));
      waiting.resolve();
    } catch (error) {
      // Memory is ahead of the disk now. Start over from the disk: nobody was told that it is safe.
      this.ctx.abort(`commit failed: ${String(error)}`);
    }
  }
}
