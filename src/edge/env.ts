import type { OtlpVariables } from './sinks/otlp-settings.ts';
import type { Interval } from '../core/analysis/interval.ts';
import type { DeliveryStatus } from '../core/delivery/delivery-status.ts';
import type { Command } from '../core/delivery/phase.ts';
import type { RunReport } from '../core/delivery/report.ts';
import type { FlagsChange } from '../core/flags/change.ts';
import type { FlagsOff } from '../core/flags/off-list.ts';
import type { Batch, BatchReply, Orders } from '../core/metrics/batch.ts';
import type { HubReading } from '../core/metrics/hub-reading.ts';
import type { ControllerGauges } from '../core/metrics/gauges.ts';
import type { Series } from '../core/metrics/series.ts';
import type { Snapshot } from '../core/metrics/snapshot.ts';
import type { TallyRecord } from '../core/metrics/tally.ts';
import type { Cap } from '../core/rollout/cap.ts';
import type {
  Actor,
  ControlEvent,
  ActResult,
  ControllerState,
  DocumentVersion,
  FlagsPutResult,
  Force,
  KeptFlags,
  LastGoodKeeper,
  Note,
  PutResult,
  RemoveResult,
  RolloutRegistry,
} from '../core/rollout/control.ts';

/** What came lately. */
export interface Recent {
  /** How far back it reaches: about as far as was asked for. */
  readonly seconds: number;
  /** By variant. */
  readonly tallies: Readonly<Record<string, TallyRecord>>;
  /** Isolates with a batch in the last minute. */
  readonly isolates: number;
}

/** RPC surface of the hub of one rollout; the hub named `_index` is the registry too. */
export interface HubRpc extends RolloutRegistry {
  ingest(batch: Batch): Promise<BatchReply>;
  /**
   * What every reply to a batch carries from then on; only a higher sequence replaces what is there.
   * @param isWatched a plan is running: a hub that isn't read for 30 s pokes the controller
   */
  setCap(rollout: string, cap: Cap, isWatched: boolean): Promise<void>;
  /** As {@link setCap}, for flags that were switched off; of one rollout only a higher sequence replaces what is there. */
  setFlagsOff(off: FlagsOff): Promise<void>;
  /** For a cold isolate, and after an idle spell: what replies to batches carry. */
  orders(): Promise<Orders>;
  /** What scrapes show of the controller from now on; pushed with every look, see `gaugesOf`. */
  setGauges(rollout: string, gauges: ControllerGauges): Promise<void>;
  snapshot(): Promise<Snapshot | null>;
  /** The snapshot once the index has it, too. @throws if the index does not take it */
  pushedSnapshot(): Promise<Snapshot | null>;
  recent(seconds: number): Promise<Recent>;
  /** Everything that is judged and came after the cursor; 0 is from the oldest that is kept. */
  read(cursor: number): Promise<HubReading>;
  /** What was judged of late, oldest first: about a second each, more where it would be too much. */
  tail(seconds: number): Promise<Interval[]>;
  series(windowSeconds: number, stepSeconds: number | undefined): Promise<Omit<Series, 'name'>>;
  register(name: string, snapshot: Snapshot | null): Promise<void>;
  /** The rollouts that the index knows, in order, without their totals. */
  names(): Promise<string[]>;
  rollouts(): Promise<{ readonly name: string; readonly snapshot: Snapshot | null }[]>;
  /** When there came to be too many rollouts to ask each hub, in ms since 1970; null if there never were. */
  crowdedAt(): Promise<number | null>;
}

/** RPC surface of the controller of one rollout. */
export interface ControllerRpc extends LastGoodKeeper {
  state(): Promise<ControllerState>;
  events(limit: number): Promise<ControlEvent[]>;
  /** @param isConfirmed also where it brings back a stable that an adopt replaced */
  putDocument(
    name: string,
    text: string,
    actor: Actor,
    ifMatch: number | undefined,
    isConfirmed?: boolean,
  ): Promise<PutResult>;
  putWeight(
    name: string,
    value: unknown,
    actor: Actor,
    ifMatch: number | undefined,
    force: Force,
  ): Promise<PutResult>;
  /** Every verb of a person or their pipeline; a weight has {@link putWeight}, for its If-Match. */
  act(name: string, command: Command, actor: Actor): Promise<ActResult>;
  flags(): Promise<KeptFlags>;
  /** The only way to change flags; see {@link FlagsChange}. */
  changeFlags(
    name: string,
    change: FlagsChange,
    actor: Actor,
    ifMatch: number | undefined,
    isConfirmed?: boolean,
  ): Promise<FlagsPutResult>;
  delivery(name: string): Promise<DeliveryStatus>;
  /** The last 50, newest first. */
  documents(): Promise<DocumentVersion[]>;
  /** Of the last rollouts, at most 20, newest first; the one under way included. */
  reports(): Promise<RunReport[]>;
  /** Removes the keys in KV and all that is kept, of a rollout that is idle. */
  remove(name: string, actor: Actor): Promise<RemoveResult>;
  /** Enters something into the audit log that changes no value. */
  note(action: Note, detail: string, actor: Actor): Promise<void>;
}

/** A Durable Object namespace, as far as Weir uses one. */
export interface Objects<Rpc> {
  getByName(name: string): Rpc;
}

export interface Env extends OtlpVariables {
  readonly ROLLOUTS: KVNamespace;
  readonly METRICS_HUB: Objects<HubRpc>;
  readonly ROLLOUT_CONTROLLER: Objects<ControllerRpc>;
  readonly STABLE_ORIGIN?: string;
  readonly CANARY_ORIGIN?: string;
  readonly ADMIN_TOKEN?: string;
  readonly VIEWER_TOKEN?: string;
  readonly ADMIN_HOST?: string;
  /** Signs override links; without it there are none. */
  readonly OVERRIDE_SECRET?: string;
  /** Who may ask for flags over OFREP: one server key, or `name:server|browser:secret,…`. */
  readonly FLAG_KEYS?: string;
  /** Where outcomes are written: `hub`, `analytics-engine`, `otlp`, separated by commas; default `hub`. */
  readonly SINKS?: string;
  readonly ANALYTICS_ENGINE?: AnalyticsEngineDataset;
  /** Seconds between two readings of KV in one isolate; default 15. */
  readonly CONFIG_REFRESH?: string;
  /** The header that holds the client's address; only one that the platform sets can be trusted. */
  readonly CLIENT_IP_HEADER?: string;
}
