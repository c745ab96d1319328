/** A summary for people: one line while traffic runs, a table at the end. */
import type { Summary, VariantSummary } from './tally.ts';

export function liveLine({ requests, byVariant, flips, failures }: Summary): string {
  const variants = Object.entries(byVariant).map(([name, variant]) => `${name} ${variant.requests}`);
  return [`${requests} requests`, ...variants, `${flips} flips`, `${failures} failures`].join(' · ');
}

export function finalTable(summary: Summary): string {
  const head = ['variant', 'requests', 'share', 'p50 ms', 'p95 ms', 'p99 ms', 'statuses'];
  const rows = Object.entries(summary.byVariant).map(([name, variant]) => [
    name,
    ...variantCells(variant, summary.requests),
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map(row => (row[column] ?? title).length)),
  );
  const table = [head, ...rows].map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const { requests, visitors, flips, failures, lastFailure, unsent } = summary;
  const totals = `${requests} requests by ${visitors} visitors, ${flips} flips, ${failures} failures`;
  const lines = rows.length === 0 ? [totals] : [...table, '', totals];
  if (lastFailure !== null) lines.push(`last failure: ${lastFailure}`);
  if (unsent > 0) lines.push(`${unsent} requests not sent: every visitor still waited; use more --visitors`);
  return lines.join('\n');
}

function variantCells({ requests, statuses, latency }: VariantSummary, total: number): string[] {
  const times = [latency.p50, latency.p95, latency.p99].map(ms => ms.toFixed(2));
  const counts = Object.entries(statuses).map(([status, count]) => `${status}×${count}`);
  return [String(requests), `${((100 * requests) / total).toFixed(1)}%`, ...times, counts.join(' ')];
}
