/** The course of every figure, with one cursor through all of them. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import { useLive } from '../live.ts';
import { useSession } from '../session.ts';
import { rate, ratio, seconds, weight } from '../text/format.ts';
import type { LoggedEvent, RolloutStatus, Series } from '../types.ts';
import { Choice } from '../views/choice.tsx';
import { whatFailed } from '../views/guidance.tsx';
import { Chart } from './chart.tsx';
import { columnsOf, marksOf, MEASURES } from './columns.ts';

const POLL_MS = 10_000;
const WINDOWS = [
  ['15m', '15 min'],
  ['1h', '1 h'],
  ['3h', '3 h'],
  ['6h', '6 h'],
  ['24h', '24 h'],
] as const;

const CHARTS = [
  { key: 'rate', title: 'Requests/s', format: rate, least: 1, isStepped: false },
  { key: 'errors', title: 'Error ratio', format: ratio, least: 0.01, isStepped: false },
  { key: 'weight', title: 'Weight in force', format: weight, least: 100, isStepped: true },
  { key: 'p50', title: 'p50 latency', format: seconds, least: 0.01, isStepped: false },
  { key: 'p95', title: 'p95 latency', format: seconds, least: 0.01, isStepped: false },
  { key: 'p99', title: 'p99 latency', format: seconds, least: 0.01, isStepped: false },
] as const;

interface ChartsProps {
  readonly status: RolloutStatus;
  readonly events: readonly LoggedEvent[];
}

export function Charts({ status, events }: ChartsProps) {
  const { ask } = useSession();
  const [window, setWindow] = useState('15m');
  const { name } = status;
  const live = useLive(
    useCallback(() => ask<Series>(`rollouts/${name}/series?window=${window}`), [ask, name, window]),
    POLL_MS,
  );
  const [cursor, setCursor] = useState<number>();
  const series = live.value;
  const names = Object.keys(status.variants).join(' ');
  const charts = useMemo(
    () =>
      series === undefined
        ? []
        : CHARTS.map(chart => ({
            ...chart,
            columns: columnsOf(series, names.split(' '), MEASURES[chart.key]),
          })),
    [series, names],
  );
  const marks = useMemo(
    () => (series === undefined ? [] : marksOf(events, series.from, series.to)),
    [series, events],
  );
  const time = cursor === undefined ? undefined : charts[0]?.columns.at[cursor];
  return (
    <section class="charts" aria-labelledby="course">
      <div class="head">
        <h2 id="course">
          Over time{' '}
          <span class="muted">{time === undefined ? '' : new Date(time * 1000).toLocaleTimeString()}</span>
        </h2>
        <Choice label="Show the last" options={WINDOWS} chosen={window} onChoose={setWindow} />
      </div>
      {live.failure !== undefined && (
        <p class="complaint">The charts can't be brought up to date. {whatFailed(live.failure)}</p>
      )}
      {series !== undefined && (charts[0]?.columns.at.length ?? 0) === 0 && (
        <p class="muted">The first point comes within ten seconds of the first request.</p>
      )}
      {series !== undefined && (
        <div class="grid">
          {charts.map(({ key, ...chart }) => (
            <Chart
              key={key}
              {...chart}
              variants={names.split(' ')}
              from={series.to - WINDOW_SECONDS[window]!}
              to={series.to}
              marks={marks}
              cursor={cursor}
              note={key === 'weight' ? capNote(status) : undefined}
              onCursor={setCursor}
            />
          ))}
        </div>
      )}
    </section>
  );
}

/** `cap 5 %`: what the rollout allows just now. The series tells only what was in force under it. */
function capNote({ delivery }: RolloutStatus): string | undefined {
  const caps = Object.entries(delivery.caps).map(([name, { percent }], _, { length }) =>
    length === 1 ? weight(percent) : `${name} ${weight(percent)}`,
  );
  return caps.length === 0 ? undefined : `cap ${caps.join(', ')}`;
}

const WINDOW_SECONDS: Readonly<Record<string, number>> = {
  '15m': 900,
  '1h': 3600,
  '3h': 10_800,
  '6h': 21_600,
  '24h': 86_400,
};
