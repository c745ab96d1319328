/** What /metrics shows of a rollout's controller: as far as one has said, or capped, anything. */
import { VERDICTS } from '../analysis/verdict.ts';
import { PHASES, type WaitingFor } from '../delivery/phase.ts';
import { STABLE } from '../rollout/schema.ts';
import { WHOLE } from '../rollout/weights.ts';
import { stateSet, type FamilyOf, type Labels, type Sample } from './family.ts';
import type { ControllerGauges } from './gauges.ts';
import type { Snapshot } from './snapshot.ts';

/** Shown at all times, 1 or 0; `evidence:<criterion>` and `gate:<host>` only while they are waited for. */
const WAITING_FOR: readonly WaitingFor[] = [
  'hold',
  'requests',
  'approval',
  'freeze',
  'blind',
  'mismatch',
  'hand-weight',
  'settle',
];

export const OF_CONTROLLERS: readonly FamilyOf<Snapshot>[] = [
  {
    name: 'weir_cap_percent',
    type: 'gauge',
    unit: 'percent',
    help: 'Highest weight that the controller allows; 100 is not held back.',
    samples: capSamples,
  },
  ofController({
    name: 'weir_phase',
    type: 'gauge',
    help: 'Phase of the rollout: 1 for the current one.',
    samples: ({ phase }, rollout) => stateSet(rollout, 'phase', PHASES, phase),
  }),
  ofController({
    name: 'weir_verdict',
    type: 'gauge',
    help: 'Verdict on the candidate: 1 for the current one.',
    samples: ({ verdict }, rollout) => stateSet(rollout, 'verdict', VERDICTS, verdict),
  }),
  ofController({
    name: 'weir_evidence',
    type: 'gauge',
    help: 'Decimal logarithm of the e-value against the candidate (rollback) or for it (advance).',
    samples: ({ evidence }, rollout) =>
      evidence.map(({ criterion, direction, logE }) => ({
        labels: [...rollout, ['criterion', criterion], ['direction', direction]],
        value: logE / Math.LN10,
      })),
  }),
  ofController({
    name: 'weir_waiting',
    type: 'gauge',
    help: 'What the next step waits for: 1 while it does.',
    samples: ({ waitingFor }, rollout) => stateSet(rollout, 'for', WAITING_FOR, waitingFor),
  }),
  ofController({
    name: 'weir_distrust',
    type: 'gauge',
    help: 'Whether automatic rollback is off because the comparison of stable with itself failed.',
    samples: ({ isDistrusted }, rollout) => [{ labels: rollout, value: isDistrusted ? 1 : 0 }],
  }),
  ofController({
    name: 'weir_controller_last_tick_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the controller last looked, in seconds since 1970; absent while it has nothing to look at.',
    samples: ({ lastTick }, rollout) =>
      lastTick === null ? [] : [{ labels: rollout, value: lastTick / 1000 }],
  }),
];

interface OfController extends Omit<FamilyOf<Snapshot>, 'samples'> {
  readonly samples: (gauges: ControllerGauges, rollout: Labels) => Sample[];
}

/** Without a sample where no controller has said anything: there is no plan. */
function ofController({ samples, ...family }: OfController): FamilyOf<Snapshot> {
  return {
    ...family,
    samples: ({ rollout, gauges }) => (gauges == null ? [] : samples(gauges, [['rollout', rollout]])),
  };
}

/** Of every candidate that has a weight or a cap. */
function capSamples({ rollout, weights, cap }: Snapshot): Sample[] {
  const limits = new Map(Object.entries(cap?.limits ?? {}));
  const candidates = new Set([...Object.keys(weights), ...limits.keys()]);
  candidates.delete(STABLE);
  return [...candidates].map(variant => ({
    labels: [
      ['rollout', rollout],
      ['variant', variant],
    ],
    value: (limits.get(variant)?.share ?? WHOLE) / 1000,
  }));
}
