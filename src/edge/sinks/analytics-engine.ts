/**
 * Workers Analytics Engine: sampled when there is much of it, kept for three months, read by SQL.
 *
 * `writeDataPoint` returns at once and never says what became of a row: in production one over the
 * limits is lost without a word (so there are none, see core/metrics/analytics-row), and locally it
 * does nothing.
 */
import { rowsOf, toDataPoint } from '../../core/metrics/analytics-row.ts';
import { experimentPoints } from '../../core/metrics/experiment-point.ts';
import type { Sink } from './sink.ts';

/** The binding, as far as it is used. */
export interface Dataset {
  writeDataPoint(point: ReturnType<typeof toDataPoint>): void;
}

export function analyticsEngineSink(dataset: Dataset): Sink {
  return {
    name: 'analytics-engine',
    deliver: batch => {
      const rows = rowsOf(batch);
      let written = 0;
      try {
        for (const row of rows) {
          dataset.writeDataPoint(toDataPoint(row));
          written++;
        }
        for (const point of experimentPoints(batch)) dataset.writeDataPoint(point);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (written === 0) return Promise.resolve({ kind: 'retry', why });
        // Sent again, the first rows would count twice.
        const lost = rows.slice(written).reduce((sum, { requests }) => sum + requests, 0);
        return Promise.resolve({ kind: 'taken', lost });
      }
      return Promise.resolve({ kind: 'taken' });
    },
  };
}
