/** A rollout's status as text for a terminal. */
import type { RolloutStatus, VariantStatus } from '../../src/core/rollout/status.ts';
import { columns } from './columns.ts';
import { experimentLines } from './experiments.ts';
import { deliveryLines } from './delivery.ts';
import { ago } from './time.ts';

/** @param now milliseconds since 1970 */
export function statusText(status: RolloutStatus, now: number): string {
  const delivery = deliveryLines(status.delivery, now);
  const lines = [headline(status), ...delivery, '', ...table(status)];
  if (status.hub === 'unreachable')
    lines.push('', 'The hub cannot be reached just now: there are no figures.');
  else if (status.lastCounts === null) lines.push('', 'No traffic has been counted yet.');
  else
    lines.push(
      '',
      `Figures of the last ${status.window.seconds} s; last counts ${ago(status.lastCounts, now)} ago.`,
    );
  lines.push(...experimentLines(status.experiments));
  if (status.lostOutcomes > 0)
    lines.push(
      `${status.lostOutcomes} outcomes were lost on the way to the hub: the counts are too low by that.`,
    );
  for (const [name, { lost, trouble }] of Object.entries(status.sinks)) {
    if (trouble !== undefined) lines.push(`Sink ${name} takes nothing: ${trouble}`);
    if (lost > 0) lines.push(`Sink ${name} has lost ${lost} outcomes; the figures here have them.`);
  }
  if (status.weight?.written === false)
    lines.push('The last weight is not in KV yet: KV refuses the write, it is being retried.');
  for (const problem of status.problems) {
    lines.push(`! ${problem.key} ${problem.path}: ${problem.message}`);
  }
  if (status.problems.length > 0)
    lines.push(`  Not in force${status.enabled === null ? '.' : ': the last good values stay.'}`);
  return lines.join('\n');
}

function headline(status: RolloutStatus): string {
  if (status.enabled === null) return `${status.name}: no valid document`;
  const candidates = Object.entries(status.variants).filter(([name]) => name !== 'stable');
  const weights = candidates.map(([name, variant]) => `${name} ${variant.weight} %`).join(', ');
  const who = status.weight?.by === undefined ? '' : `, set by ${status.weight.by}`;
  return `${status.name}: ${status.enabled ? weights || 'stable only' : 'disabled, everyone on stable'} (${status.phase}${who})`;
}

const COLUMNS = [
  'variant',
  'weight',
  'in force',
  'req/s',
  'errors',
  'p50',
  'p95',
  'p99',
  'requests',
  'failed',
] as const;

function table(status: RolloutStatus): string[] {
  return columns([COLUMNS, ...Object.entries(status.variants).map(row)]);
}

function row([name, variant]: [string, VariantStatus]): string[] {
  const { recent } = variant;
  return [
    name,
    `${variant.weight} %`,
    variant.weightInForce === null ? '-' : `${variant.weightInForce} %`,
    recent.requestsPerSecond.toFixed(1),
    recent.errorRatio === null ? '-' : `${(recent.errorRatio * 100).toFixed(2)} %`,
    duration(recent.p50),
    duration(recent.p95),
    duration(recent.p99),
    String(variant.requests),
    String(variant.errors),
  ];
}

function duration(seconds: number | null): string {
  if (seconds === null) return '-';
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

/** Those that need a person first; else in the order that they came in. */
export function byNeed(statuses: readonly RolloutStatus[]): RolloutStatus[] {
  return statuses.toSorted((a, b) => need(b) - need(a));
}

function need({ delivery, problems, hub }: RolloutStatus): number {
  const { phase, waitingFor, distrust } = delivery;
  const isStuck = waitingFor === 'approval' || waitingFor === 'blind' || waitingFor === 'mismatch';
  if (phase === 'paused' || isStuck || distrust !== null) return 2;
  return phase === 'rolled-back' || problems.length > 0 || hub === 'unreachable' ? 1 : 0;
}
