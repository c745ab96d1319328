/** What an operator wants to know of a rollout at a glance. */
import { compare } from '../../core/metrics/comparison.ts';
import { fromRecord } from '../../core/metrics/counts.ts';
import { figuresOf, type Snapshot } from '../../core/metrics/snapshot.ts';
import { emptyTally, fromTallyRecord, tallyOf, type Tally } from '../../core/metrics/tally.ts';
import { absorb, type Active, type Reading } from '../../core/rollout/active.ts';
import type { RolloutStatus, VariantStatus } from '../../core/rollout/status.ts';
import { DEFAULT_ROLLOUT, storedOf, type ControllerState, type Kept } from '../../core/rollout/control.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { STABLE } from '../../core/rollout/schema.ts';
import { secretsOf } from '../../core/rollout/secrets.ts';
import { documentOfVariables, type Env, type Recent } from '../../edge/env.ts';
import type { Absence } from './absent.ts';
import { sinkStatus } from './sink-status.ts';
import { askController, askHub, existenceOf, readRollout } from './asking.ts';

const WINDOW_SECONDS = 60;

/**
 * A rollout's status, also while its hub is away: then without figures.
 * @param windowSeconds how far back recent figures and comparisons reach
 * @returns an error if there is no such rollout, or if nobody can say whether there is
 */
export async function statusOf(
  name: string,
  env: Env,
  windowSeconds = WINDOW_SECONDS,
): Promise<Result<RolloutStatus, Absence>> {
  const reading = await readRollout(name, env);
  const existence = await existenceOf(name, env, reading);
  if (existence !== 'known') return err(existence);
  const [state, figures] = await Promise.all([
    askController(env, name, controller => controller.state()),
    askHub(env, name, hub => Promise.all([hub.snapshot(), hub.recent(windowSeconds)])),
  ]);
  if (state === undefined) return err('controller-unreachable');
  const [snapshot, recent]: [Snapshot | null, Recent] = figures ?? [
    null,
    { seconds: windowSeconds, tallies: {}, isolates: 0 },
  ];
  const { active, problems, source } = configured(name, env, state, reading);
  if (active === undefined && problems.length === 0 && snapshot === null) {
    return err(figures === undefined ? 'unreachable' : 'unknown');
  }
  const seen = [
    ...problems,
    ...(snapshot?.problems ?? []).filter(
      known => !problems.some(({ key }) => key === known.key) && reading === undefined,
    ),
  ];

  const variants = Object.fromEntries(
    (active?.rollout.variants ?? []).map((variant): [string, VariantStatus] => {
      const wire = wireVariant(active, variant.name);
      const total = ownEntry(snapshot?.totals, variant.name);
      const overall = total === undefined ? undefined : tallyOf(fromRecord(total));
      const inForce = ownEntry(snapshot?.weights, variant.name);
      return [
        variant.name,
        {
          origin: wire.origin,
          ...(wire.version === undefined ? {} : { version: wire.version }),
          weight: (active?.split.weights[variant.index] ?? 0) / 1000,
          weightInForce: inForce === undefined ? null : inForce / 1000,
          requests: overall?.requests ?? 0,
          errors: overall?.errors ?? 0,
          recent: figuresOf(tallyIn(recent, variant.name), recent.seconds),
        },
      ];
    }),
  );
  const candidates = Object.keys(variants).filter(variant => variant !== STABLE);
  const kept = (value: Kept | null, text: string | undefined) =>
    value !== null && value.text === text ? { by: value.by, at: new Date(value.at).toISOString() } : {};
  return ok({
    name,
    phase: 'idle',
    enabled: active?.rollout.enabled ?? null,
    revision: state.revision,
    document: { source, ...kept(state.document, active?.document.text) },
    weight:
      active?.weight == null
        ? null
        : {
            value: JSON.parse(active.weight.text) as unknown,
            ...kept(state.weight, active.weight.text),
            written: state.weight?.written ?? true,
          },
    variants,
    comparisons: Object.fromEntries(
      candidates.map(candidate => [candidate, compare(tallyIn(recent, candidate), tallyIn(recent, STABLE))]),
    ),
    window: { seconds: Math.round(recent.seconds) },
    hub: figures === undefined ? 'unreachable' : 'ok',
    isolates: recent.isolates,
    lostOutcomes: snapshot?.lost ?? 0,
    sinks: sinkStatus(env, snapshot?.sinks),
    configErrors: snapshot?.configErrors ?? 0,
    problems: seen,
    lastCounts: snapshot === null ? null : new Date(snapshot.updatedAt).toISOString(),
  });
}

/** What holds once every isolate has seen KV: KV's values over the controller's last good ones. */
function configured(name: string, env: Env, state: ControllerState, reading: Reading | undefined) {
  const secrets = secretsOf(env);
  const lastGood: Reading = {
    document: state.document === null ? null : storedOf(state.document),
    weight: state.weight === null ? null : storedOf(state.weight),
  };
  const variables = name === DEFAULT_ROLLOUT ? documentOfVariables(env) : undefined;
  const isFromVariables = lastGood.document === null && (reading?.document ?? null) === null;
  const fallback = isFromVariables && variables !== undefined ? { text: variables } : null;
  const kept = absorb(
    name,
    undefined,
    { document: lastGood.document ?? fallback, weight: lastGood.weight },
    secrets,
  );
  const now = reading === undefined ? kept : absorb(name, kept.active, reading, secrets);
  const source: 'kv' | 'variables' | 'none' =
    now.active === undefined ? 'none' : fallback === null ? 'kv' : 'variables';
  return { active: now.active, problems: now.problems, source };
}

function wireVariant(active: Active | undefined, name: string): { origin: string; version?: string } {
  const document = JSON.parse(active?.document.text ?? '{}') as {
    variants?: Record<string, { origin: string; version?: string }>;
  };
  return ownEntry(document.variants, name) ?? { origin: '' };
}

function tallyIn({ tallies }: Pick<Recent, 'tallies'>, variant: string): Tally {
  const record = ownEntry(tallies, variant);
  return record === undefined ? emptyTally() : fromTallyRecord(record);
}

/** A variant may be named like something that every object has (`constructor`). */
function ownEntry<V>(record: Readonly<Record<string, V>> | undefined, key: string): V | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
