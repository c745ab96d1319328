/** The rollout that moves itself as text for a terminal. */
import type { Evidence } from '../../src/core/analysis/verdict.ts';
import type { DeliveryStatus, RunStatus } from '../../src/core/delivery/delivery-status.ts';
import type { WaitingFor } from '../../src/core/delivery/phase.ts';
import { bounded, durationText } from '../../src/core/delivery/words.ts';
import { columns } from './columns.ts';
import { ago, clock } from './time.ts';

/**
 * Nothing for a rollout without a plan that was never started.
 * @param now milliseconds since 1970
 */
export function deliveryLines(delivery: DeliveryStatus, now: number): string[] {
  const { run, plan, advice, verdict, distrust, untestable, freeze } = delivery;
  const lines: string[] = [];
  if (run !== null) lines.push(...runLines(run, delivery, now));
  else if (plan !== null) lines.push(`plan    ${plan.steps.map(({ weight }) => `${weight} %`).join(' → ')}`);
  if (freeze !== null)
    lines.push(
      `frozen  ${freeze.reason}${freeze.until === null ? '' : `, until ${clock(freeze.until, now)}`}; rollback works`,
    );
  if (distrust !== null) lines.push(`! ${distrust}`);
  if (untestable !== null) lines.push(`note    ${untestable}`);
  if (verdict !== null) lines.push(`verdict ${verdict.kind}: ${verdict.text}`);
  if (advice !== '') lines.push(`next    ${advice}`);
  if (delivery.evidence.length > 0) lines.push('', ...evidenceLines(delivery.evidence));
  return lines;
}

function runLines(run: RunStatus, delivery: DeliveryStatus, now: number): string[] {
  const version = run.version === null ? '' : ` ${run.version}`;
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  const lines = [
    `run     ${run.id}: ${run.candidate}${version}, started ${clock(run.startedAt, now)} by ${run.startedBy}${attempt}`,
    `steps   ${ladder(run)}`,
  ];
  if (run.endedAt !== null) {
    const why = endedWhy(run, delivery);
    lines.push(`ended   ${clock(run.endedAt, now)}${why === null ? '' : `: ${why}`}`);
    return lines;
  }
  const hold = run.steps[run.step]?.holdSeconds;
  if (hold !== undefined)
    lines.push(`held    ${durationText(run.heldSeconds * 1000)} of ${durationText(hold * 1000)}`);
  if (run.reason !== null) lines.push(`because ${run.reason}`);
  if (delivery.waitingFor !== null) lines.push(`waits   ${waiting(delivery, now)}`);
  if (run.nextStepAt !== null) lines.push(`step at ${clock(run.nextStepAt, now)} at the earliest`);
  if (run.estimate !== null) lines.push(`        ${run.estimate}`);
  return lines;
}

/** What the verdict says below isn't said twice. */
function endedWhy({ reason }: RunStatus, { verdict }: DeliveryStatus): string | null {
  const isVerdict = verdict?.kind === 'fail' && reason === bounded(verdict.text);
  return isVerdict ? 'rolled back by the verdict' : reason;
}

/** `1 % done → [5 %] → 25 % (approval) → 100 %` */
export function ladder(run: Pick<RunStatus, 'step' | 'steps'>): string {
  return run.steps
    .map(({ weight, approval }, position) => {
      if (position < run.step) return `${weight} % done`;
      if (position === run.step) return `[${weight} %]`;
      return approval ? `${weight} % (approval)` : `${weight} %`;
    })
    .join(' → ');
}

function waiting({ waitingFor, waitingSince }: DeliveryStatus, now: number): string {
  const since = waitingSince === null ? '' : `, for ${ago(waitingSince, now)}`;
  return `${waitingFor === null ? '' : inWords(waitingFor)}${since}`;
}

function inWords(waitingFor: WaitingFor): string {
  switch (waitingFor) {
    case 'hold':
      return 'for the hold to pass';
    case 'requests':
      return 'for more requests';
    case 'approval':
      return 'for your approval: weir approve';
    case 'freeze':
      return 'for the freeze to end';
    case 'blind':
      return 'for figures: none arrive';
    case 'mismatch':
      return 'because the draws contradict the weight';
    case 'hand-weight':
      return 'because somebody wrote a weight by hand';
    case 'settle':
      return 'for KV to show the last weight everywhere';
    default:
      return waitingFor.startsWith('gate:')
        ? `for the gate ${waitingFor.slice('gate:'.length)}`
        : `for evidence of ${waitingFor.slice('evidence:'.length)}`;
  }
}

export function evidenceLines(evidence: readonly Evidence[]): string[] {
  const header = ['criterion', 'towards', 'e-value', 'decides at', 'margin'];
  const rows = evidence.map(({ criterion, direction, logE, threshold, isDecided, margin }) => [
    criterion,
    direction === 'rollback' ? 'roll back' : 'advance',
    `${eValue(logE)}${isDecided ? ' !' : ''}`,
    threshold === null ? 'in all' : eValue(threshold),
    margin,
  ]);
  const texts = evidence
    .filter(({ text }) => text !== '')
    .map(({ criterion, text }) => `  ${criterion}: ${text}`);
  return [...columns([header, ...rows], [0, 1, 4]), ...new Set(texts)];
}

/** An e-value says how many times more likely the data are if it is so; a tenth and less says nothing. */
function eValue(logE: number): string {
  const value = Math.exp(Math.min(logE, 700));
  if (value >= 1e6) return value.toExponential(1);
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
