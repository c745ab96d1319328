/**
 * What `/metrics` shows of a rollout that moves itself. Its controller pushes it to the hub with every
 * look, and the hub keeps the last one: a scrape asks hubs only.
 */
import type { Direction, VerdictKind } from '../analysis/verdict.ts';
import type { DeliveryStatus } from '../delivery/delivery-status.ts';
import type { Phase, WaitingFor } from '../delivery/phase.ts';
import { shorten } from './shorten.ts';

export interface ControllerGauges {
  readonly phase: Phase;
  readonly verdict: VerdictKind | null;
  readonly evidence: readonly EvidenceGauge[];
  readonly waitingFor: WaitingFor | null;
  /** Automatic rollback is off, by the built-in A/A test. */
  readonly isDistrusted: boolean;
  /** When the controller last looked, in milliseconds since 1970; null while nothing is open. */
  readonly lastTick: number | null;
}

export interface EvidenceGauge {
  readonly criterion: string;
  readonly direction: Direction;
  /** Natural logarithm of the e-value. */
  readonly logE: number;
}

/** Criteria that are told apart, the first ones: a document may name any number of goals. */
export const MAX_CRITERIA = 64;
/** A label's value, in bytes of UTF-8. */
const MAX_LABEL = 100;

export function gaugesOf(status: DeliveryStatus): ControllerGauges {
  const { phase, verdict, evidence, waitingFor, distrust, lastTick } = status;
  return {
    phase,
    verdict: verdict?.kind ?? null,
    evidence: evidence.map(({ criterion, direction, logE }) => ({ criterion, direction, logE })),
    waitingFor,
    isDistrusted: distrust !== null,
    lastTick: lastTick === null ? null : Date.parse(lastTick),
  };
}

/** The same, within the bounds of what is kept and shown: one value a series, each of them a number. */
export function bounded(gauges: ControllerGauges): ControllerGauges {
  const criteria = new Set<string>();
  const evidence = new Map<string, EvidenceGauge>();
  for (const { criterion, direction, logE } of gauges.evidence) {
    const name = shorten(criterion, MAX_LABEL);
    if (criteria.size < MAX_CRITERIA) criteria.add(name);
    if (criteria.has(name) && Number.isFinite(logE))
      evidence.set(`${direction} ${name}`, { criterion: name, direction, logE });
  }
  return {
    ...gauges,
    evidence: [...evidence.values()],
    waitingFor: gauges.waitingFor && (shorten(gauges.waitingFor, MAX_LABEL) as WaitingFor),
  };
}
