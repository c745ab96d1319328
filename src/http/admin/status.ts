/** What an operator wants to know of a rollout at a glance. */
import { compare } from '../../core/metrics/comparison.ts';
import { fromRecord } from '../../core/metrics/counts.ts';
import { figuresOf, type Snapshot } from '../../core/metrics/snapshot.ts';
import { emptyTally, fromTallyRecord, tallyOf, type Tally } from '../../core/metrics/tally.ts';
import type { Active } from '../../core/rollout/active.ts';
import type { RolloutStatus, VariantStatus } from '../../core/rollout/status.ts';
import type { Kept } from '../../core/rollout/control.ts';
import { withoutEffect } from '../../core/rollout/without-effect.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { STABLE } from '../../core/rollout/schema.ts';
import type { Env, Recent } from '../../edge/env.ts';
import type { Absence } from './absent.ts';
import { countedIn, experimentsOf, flagsOf } from './experiments.ts';
import { configured } from './in-force.ts';
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
  const [control, figures] = await Promise.all([
    askController(env, name, controller => Promise.all([controller.state(), controller.delivery(name)])),
    askHub(env, name, hub => Promise.all([hub.snapshot(), hub.recent(windowSeconds)])),
  ]);
  if (control === undefined) return err('controller-unreachable');
  const [state, delivery] = control;
  const [snapshot, recent]: [Snapshot | null, Recent] = figures ?? [
    null,
    { seconds: windowSeconds, tallies: {}, isolates: 0 },
  ];
  const { active, problems, source } = configured(name, env, state, reading);
  if (active === undefined && problems.length === 0 && snapshot === null) {
    return err(figures === undefined ? 'unreachable' : 'unknown');
  }
  const flags = flagsOf(name, reading, state.flags);
  const seen = [
    ...problems,
    ...flags.problems,
    ...withoutEffect(name, active, delivery),
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
    phase: delivery.phase,
    delivery,
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
    experiments: experimentsOf(await countedIn(name, env, { flags, active }), snapshot?.flags),
    window: { seconds: Math.round(recent.seconds) },
    hub: figures === undefined ? 'unreachable' : 'ok',
    isolates: recent.isolates,
    lostOutcomes: snapshot?.lost ?? 0,
    sinks: sinkStatus(env, snapshot?.sinks),
    configErrors: snapshot?.configErrors ?? 0,
    problems: seen,
    lastCounts:
      snapshot === null || snapshot.updatedAt === 0 ? null : new Date(snapshot.updatedAt).toISOString(),
  });
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
