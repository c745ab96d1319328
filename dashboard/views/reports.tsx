/** The rollouts that were, newest first: each leads to its report. */
import { useCallback, useEffect } from 'preact/hooks';
import { useLive, useNow } from '../live.ts';
import { reportHref } from '../route.ts';
import { useSession } from '../session.ts';
import { age } from '../text/delivery.ts';
import { endingOf, subjectOf } from '../text/report.ts';
import type { RolloutStatus, ReportHead } from '../types.ts';

const POLL_MS = 60_000;

export function Reports({ status: { name, delivery } }: { readonly status: RolloutStatus }) {
  const { ask } = useSession();
  const now = useNow();
  const live = useLive(
    useCallback(() => ask<{ reports: readonly ReportHead[] }>(`rollouts/${name}/reports`), [ask, name]),
    POLL_MS,
  );
  const { refresh } = live;
  useEffect(() => void refresh(), [delivery.phase, refresh]);
  const reports = live.value?.reports ?? [];
  if (reports.length === 0) return null;
  return (
    <section class="card events reports" aria-labelledby="reports">
      <h2 id="reports">Reports</h2>
      <ol>
        {reports.map(report => (
          <li key={report.id}>
            <time dateTime={report.startedAt} title={new Date(report.startedAt).toLocaleString()}>
              {age(report.startedAt, now)} ago
            </time>
            <a href={reportHref(name, report.id)}>
              {subjectOf(report)}: {endingOf(report).text}
            </a>
            <span class="muted">started by {report.startedBy}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
