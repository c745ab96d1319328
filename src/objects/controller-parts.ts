/** Puts the parts of a controller together. Each is told only what it needs of the world. */
import type { SparseHistogram } from '../core/analysis/histogram.ts';
import { toSparse } from '../core/analysis/histogram.ts';
import type { DeliveryStatus } from '../core/delivery/delivery-status.ts';
import { initialState } from '../core/delivery/state.ts';
import { deliveryStatus } from '../core/delivery/status.ts';
import type { FlagsOff } from '../core/flags/off-list.ts';
import { gaugesOf, type ControllerGauges } from '../core/metrics/gauges.ts';
import type { HubReading } from '../core/metrics/hub-reading.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import { fromTallyRecord, type TallyRecord } from '../core/metrics/tally.ts';
import type { Cap } from '../core/rollout/cap.ts';
import type { Sticky } from '../core/rollout/compile.ts';
import { INDEX } from '../core/rollout/control.ts';
import { STABLE } from '../core/rollout/schema.ts';
import { secretsOf } from '../core/rollout/secrets.ts';
import { createTables, markDeleting, readKept, REVISIONS } from './controller-store.ts';
import { Delivery } from './delivery.ts';
import { DeliveryRunner, isOpen } from './delivery-runner.ts';
import { DeliveryStore } from './delivery-store.ts';
import { Effects } from './effects.ts';
import { FlagChanges } from './flag-changes.ts';
import { askGate } from './gates.ts';
import { InForce } from './in-force.ts';
import { KvWriter } from './kv-writer.ts';
import { Looking } from './looking.ts';
import { Notifier } from './notifier.ts';
import { RolloutValues, SLOTS, type ValuesEnv } from './rollout-values.ts';
import { Settlement } from './settlement.ts';
import { signedPost } from './signed-post.ts';
import { within } from './waiting.ts';

/** Nothing that is asked of the index holds up a change for longer: a hub registers itself, too. */
const REGISTER_MS = 1000;
const PUSH_MS = 2000;
/** Together with the index's answer less than an order may take. */
const SPREAD_MS = 900;
const FORGOTTEN = [
  'kept',
  'superseded',
  'delivery',
  'effects',
  'reports',
  'documents',
  'notifications',
  'flag_changes',
];
/** A document of flags that other hosts use, too: so many of their hubs hear what is off; KV tells the rest. */
const MAX_TOLD = 200;
const BASELINE_SECONDS = 86_400;

export interface ControllerEnv extends ValuesEnv {
  readonly METRICS_HUB: {
    getByName(name: string): {
      register(name: string, snapshot: Snapshot | null): Promise<void>;
      knows(name: string): Promise<boolean>;
      names(): Promise<string[]>;
      read(cursor: number | null): Promise<HubReading>;
      recent(seconds: number): Promise<{ readonly tallies: Readonly<Record<string, TallyRecord>> }>;
      setCap(rollout: string, cap: Cap, isWatched: boolean): Promise<void>;
      setFlagsOff(off: FlagsOff): Promise<void>;
      setGauges(rollout: string, gauges: ControllerGauges): Promise<void>;
    };
  };
  /** Seconds until a value that was written to KV shows everywhere. */
  readonly KV_SETTLE?: string;
  /** Where people reach Weir, for links in notifications. */
  readonly PUBLIC_URL?: string;
}

export interface Parts {
  readonly values: RolloutValues;
  readonly flags: FlagChanges;
  readonly writer: KvWriter;
  readonly store: DeliveryStore;
  readonly runner: DeliveryRunner;
  readonly delivery: Delivery;
  readonly looking: Looking;
  readonly effects: Effects;
  readonly notifier: Notifier;
  readonly settlement: Settlement;
  status(rollout: string): DeliveryStatus;
  /** Everything but the audit log. */
  forget(rollout: string): void;
  /** Both never throw. */
  register(rollout: string): Promise<void>;
  pushGauges(rollout: string): Promise<void>;
  /** Whether the index has the rollout; true also if it gives no answer. */
  isListed(rollout: string): Promise<boolean>;
}

export function build({ storage }: DurableObjectState, env: ControllerEnv): Parts {
  const { sql } = storage;
  createTables(sql);
  const hub = (rollout: string) => env.METRICS_HUB.getByName(rollout);
  const post = signedPost(secretsOf(env));
  const inForce = new InForce(sql, env);
  const store = new DeliveryStore(sql);
  const notifier = new Notifier(sql, post, env.PUBLIC_URL);
  const flags = new FlagChanges(storage, { store, notifier, inForce });
  const values = new RolloutValues(storage, env, (...change) => {
    flags.tell(...change);
  });
  const runner = new DeliveryRunner(storage, { store, values, notifier, inForce });
  const settlement = new Settlement(sql, env.ROLLOUTS, env.KV_SETTLE);
  const sticky = (rollout: string): Pick<Sticky, 'by'> =>
    inForce.document(rollout)?.rollout.sticky ?? { by: 'cookie' };
  const looking = new Looking(store, runner, {
    read: (rollout, cursor) => hub(rollout).read(cursor),
    baseline: async rollout => stableLatency(await hub(rollout).recent(BASELINE_SECONDS)),
    isSettled: now => settlement.isSettled(now),
    quietMs: settlement.quietMs,
    ownGenerations: (rollout, run) => inForce.generationsOf(rollout, runner.state(rollout), run),
    currentGeneration: rollout => {
      const { shares, cap } = runner.state(rollout);
      return inForce.generation(rollout, shares, cap);
    },
  });
  /** What scrapes were last shown: a hub that nothing happens to sleeps, too. */
  let shown = '';
  const effects = new Effects(store, {
    setCap: (rollout, cap, isWatched) => hub(rollout).setCap(rollout, cap, isWatched),
    setFlagsOff: off => hub(off.rollout).setFlagsOff(off),
    // Hosts without flags of their own use the default ones, and hear from hubs of their own.
    async spreadFlagsOff(off, left) {
      const others =
        left ?? (await within(REGISTER_MS, hub(INDEX).names())).filter(name => name !== off.rollout);
      const told = others.slice(0, MAX_TOLD).map(name =>
        within(SPREAD_MS, hub(name).setFlagsOff(off)).then(
          () => [],
          () => [name],
        ),
      );
      return (await Promise.all(told)).flat();
    },
    askGate: (url, question) => askGate(post, url, question, Date.now()),
    isOpen: rollout => isOpen(runner.state(rollout)),
    gateAnswered(rollout, key, { passes, answer }) {
      runner.apply(rollout, { kind: 'gate-answer', key, passes, answer }, Date.now());
    },
  });
  const status = (rollout: string): DeliveryStatus => {
    const judging = store.judging();
    const last = { look: judging?.look ?? null, at: judging?.lookedAt ?? null };
    return deliveryStatus(runner.state(rollout), last, Date.now(), sticky(rollout).by);
  };
  return {
    status,
    values,
    flags,
    writer: new KvWriter(storage, env.ROLLOUTS),
    store,
    runner,
    delivery: new Delivery(storage, env, { values, store, runner, inForce }),
    looking,
    effects,
    notifier,
    settlement,
    forget(rollout) {
      const { cap, sequence, runs } = store.state(rollout);
      const hadFlags = readKept(sql, 'flags') !== null;
      storage.transactionSync(() => {
        for (const table of FORGOTTEN) sql.exec(`DELETE FROM ${table}`);
        sql.exec('DELETE FROM facts WHERE name NOT IN (?, ?)', ...Object.values(REVISIONS));
        for (const slot of SLOTS) markDeleting(sql, slot);
        if (hadFlags) flags.forget(rollout);
        // What counts up goes on: isolates and hub take nothing that seems older than what they have.
        const free = { sequence: cap.sequence + 1, limits: {} };
        store.saveState({ ...initialState(rollout), cap: free, sequence, runs });
        store.addPending(`forgotten:${free.sequence}`, { kind: 'set-cap', cap: free }, Date.now());
      });
    },
    // The hub registers itself with its first batch, too.
    register: rollout =>
      quietly('registering with the index', REGISTER_MS, () => hub(INDEX).register(rollout, null)),
    async pushGauges(rollout) {
      const gauges = gaugesOf(status(rollout));
      const text = JSON.stringify(gauges);
      if (text === shown) return;
      await quietly('showing the rollout to scrapes', PUSH_MS, async () => {
        await hub(rollout).setGauges(rollout, gauges);
        shown = text;
      });
    },
    async isListed(rollout) {
      let isListed = true;
      await quietly('asking the index', REGISTER_MS, async () => {
        isListed = await hub(INDEX).knows(rollout);
      });
      return isListed;
    },
  };
}

function stableLatency({
  tallies,
}: {
  readonly tallies: Readonly<Record<string, TallyRecord>>;
}): SparseHistogram | null {
  const stable = Object.hasOwn(tallies, STABLE) ? tallies[STABLE] : undefined;
  return stable === undefined ? null : toSparse(fromTallyRecord(stable).duration);
}

async function quietly(what: string, ms: number, work: () => Promise<void>): Promise<void> {
  try {
    await within(ms, work());
  } catch (error) {
    console.warn(JSON.stringify({ message: `${what} failed`, error: String(error) }));
  }
}
