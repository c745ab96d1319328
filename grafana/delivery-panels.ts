/** What the dashboard for Prometheus shows of a rollout that moves itself: where it is, and on what evidence. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LineInterpolation,
} from '@grafana/grafana-foundation-sdk/common';
import { PHASES } from '../src/core/delivery/phase.ts';
import { VERDICTS } from '../src/core/analysis/verdict.ts';
import { lines, states, type Placeable, type State } from './panels.ts';
import { chosen, series } from './promql.ts';
import { CANDIDATES, colourVariants, thresholds } from './style.ts';

/** log10 of 1/falseRollbackRate and of 1/falsePromotionRate, as they are unless the plan says otherwise. */
const ROLL_BACK_AT = 2;
const ADVANCE_AT = 1.3;
/** A logarithm has no end downwards; what lies below says no more. */
const LOWEST = -2;

const PHASE_COLOURS: Readonly<Record<(typeof PHASES)[number], string>> = {
  idle: 'text',
  progressing: 'blue',
  paused: 'yellow',
  baking: 'purple',
  completed: 'green',
  adopting: 'light-green',
  'rolled-back': 'red',
};
const VERDICT_COLOURS: Readonly<Record<(typeof VERDICTS)[number], string>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'light-blue',
  blind: 'orange',
  mismatch: 'yellow',
};

/** A timeline shows numbers: phases count from 1, verdicts go on behind them. */
const phases = numbered(PHASES, PHASE_COLOURS, 1);
const verdicts = numbered(VERDICTS, VERDICT_COLOURS, 1 + PHASES.length);

function numbered<Name extends string>(
  names: readonly Name[],
  colours: Readonly<Record<Name, string>>,
  first: number,
): State[] {
  return names.map((text, i) => ({ value: first + i, text, colour: colours[text] }));
}

/** The number of the one state that is 1; no series while none is. */
function current(metric: string, label: string, all: readonly State[]): string {
  const each = all.map(({ value, text }) => `${value} * ${chosen(metric, `${label}="${text}"`)}`);
  return `sum by (rollout) (${each.join(' or ')}) > 0`;
}

export const position: readonly Placeable[] = [
  colourVariants(
    lines({
      title: 'Weight and cap',
      description:
        'The weight in force, and dashed the highest that the controller allows; a cap below the weight in KV holds it down.',
      unit: 'percent',
      targets: [
        series('A', `max by (variant) (${chosen('weir_weight_percent', CANDIDATES)})`, '{{variant}} weight'),
        series('B', `max by (variant) (${chosen('weir_cap_percent')})`, '{{variant}} cap'),
      ],
    }),
  )
    .max(100)
    .lineInterpolation(LineInterpolation.StepAfter)
    .overrideByQuery('B', [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
      { id: 'custom.fillOpacity', value: 0 },
    ]),
  states(
    {
      title: 'Phase and verdict',
      description: 'Where the rollout is in its plan, and what the judge says of the candidate.',
      targets: [
        series('A', current('weir_phase', 'phase', phases), 'phase'),
        series('B', current('weir_verdict', 'verdict', verdicts), 'verdict'),
      ],
    },
    [...phases, ...verdicts],
  ),
  states(
    {
      title: 'Waits for',
      description: 'What the next step waits for. Approval, gate and hand-weight are up to a person.',
      targets: [series('A', `max by (for) (${chosen('weir_waiting')}) == 1`, '{{for}}')],
    },
    [{ value: 1, text: 'waits', colour: 'blue' }],
  ),
];

export const evidence: readonly Placeable[] = [
  evidenceOf(
    'Evidence against the candidate',
    'rollback',
    `Decimal logarithm of the e-value by criterion. At ${ROLL_BACK_AT} (falseRollbackRate 0.01) “all” rolls back, and so does a limit.`,
    ROLL_BACK_AT,
  ),
  evidenceOf(
    'Evidence for the next step',
    'advance',
    `Decimal logarithm of the e-value by criterion. From ${ADVANCE_AT} on (falsePromotionRate 0.05) it may advance.`,
    ADVANCE_AT,
  ),
];

function evidenceOf(title: string, direction: string, description: string, line: number): Placeable {
  const selector = chosen('weir_evidence', `direction="${direction}"`);
  return lines({
    title,
    description,
    unit: 'short',
    targets: [series('A', `max by (criterion) (${selector})`, '{{criterion}}')],
  })
    .min(LOWEST)
    .axisSoftMax(line + 0.5)
    .fillOpacity(0)
    .thresholds(thresholds(undefined, line))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}
