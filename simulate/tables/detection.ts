/** How fast a worse canary is found at weight 5, where each request is drawn by itself. */
import { steady } from '../circumstances.ts';
import { CoinWorld } from '../coin-world.ts';
import { Flagger } from '../flagger.ts';
import { failing, slow, type Harm } from '../harm.ts';
import { errors, latency, NO_MARGIN, perRequest } from '../judge-settings.ts';
import { Judge } from '../judge-watcher.ts';
import { errorRate, Kayenta, p99, type Metric } from '../kayenta.ts';
import { slowerBy, slowerTail } from '../latency.ts';
import { Random } from '../random.ts';
import { runTrial } from '../trial.ts';
import type { Watcher } from '../watcher.ts';
import { detected, Outcomes, timesOf } from './outcomes.ts';
import { runsOf, type Log, type Size, type Table } from './table.ts';

interface Change {
  readonly name: string;
  readonly errors: number;
  readonly harm: Harm;
  readonly rates: readonly number[];
}

const ERRORS: readonly Change[] = [
  { name: '0.1 → 1 %', errors: 0.001, harm: failing(0.01), rates: [10, 100, 1000] },
  { name: '0.1 → 0.3 %', errors: 0.001, harm: failing(0.003), rates: [10, 100, 1000] },
  { name: '1 → 2 %', errors: 0.01, harm: failing(0.02), rates: [10, 100, 1000] },
  { name: '5 → 50 %', errors: 0.05, harm: failing(0.5), rates: [10, 100, 1000] },
  { name: 'outage', errors: 0.001, harm: failing(1), rates: [10, 100, 1000] },
  { name: '0 → 1 % (zero base)', errors: 0, harm: failing(0.01), rates: [10] },
];

const LATENCY: readonly Change[] = [
  { name: 'all × 1.1', errors: 0.001, harm: slow(slowerBy(1.1)), rates: [10, 100, 1000] },
  { name: 'all × 1.2', errors: 0.001, harm: slow(slowerBy(1.2)), rates: [10, 100, 1000] },
  {
    name: 'tail alone: p99 × 1.2, p95 the same',
    errors: 0.001,
    harm: slow(slowerTail(1.2)),
    rates: [10, 100, 1000],
  },
];

/** Long enough for the slowest of the judge's own. */
function horizon(rate: number): number {
  return Math.min(86_400, (12 * 3_600 * 10) / rate + 3_600);
}

const COLUMNS = ['Weir, no margin', 'Weir, default margin', 'Flagger t=1', 'Flagger t=5', 'Kayenta'];

export function errorDetection(size: Size, log: Log): Table {
  return {
    title: 'Detection of errors, each request drawn by itself',
    note: `${NOTE} (requests that the canary failed until then, median/p90). ${runs(size)} runs a cell; Kayenta judges the error rate.`,
    columns: ['change', 'requests/s', ...COLUMNS],
    rows: rowsOf(ERRORS, errorRate, size, log, ({ errors }) => errors),
  };
}

export function latencyDetection(size: Size, log: Log): Table {
  return {
    title: 'Detection of latency, each request drawn by itself',
    note: `${NOTE} (requests that the canary served until then, median/p90). The default margin is 1.1 ×, which buckets make 1.19. ${runs(size)} runs a cell; Kayenta judges p99.`,
    columns: ['change', 'requests/s', ...COLUMNS],
    rows: rowsOf(LATENCY, p99, size, log, ({ requests }) => requests),
  };
}

const NOTE = 'At weight 5, a look every 5 s: seconds until rollback, median/p90';

function runs(size: Size): number {
  return runsOf(size, 6, 200);
}

function rowsOf(
  changes: readonly Change[],
  metric: Metric,
  size: Size,
  log: Log,
  harmed: Parameters<typeof detected>[1],
): string[][] {
  return changes.flatMap((change, i) =>
    change.rates.map(rate => {
      const outcomes = new Outcomes();
      for (let run = 0; run < runs(size); run++) {
        const world = new CoinWorld(
          new Random(5_2, i, rate, run),
          { rate, errors: change.errors, status4xx: 0.02 },
          steady,
          change.harm,
        );
        const baseline = world.before(3_600);
        const watchers = [
          new Judge('Weir, no margin', perRequest(NO_MARGIN, baseline)),
          new Judge('Weir, default margin', perRequest([errors(1.1, 0.0001), latency(1.1)], baseline)),
          ...others(metric),
        ];
        const course = { stages: [{ weight: 5, from: 0 }], seconds: horizon(rate), tick: 5 };
        const result = runTrial(world, watchers, course);
        log.keep({ change: change.name, rate, run, ...timesOf(COLUMNS, result) });
        outcomes.add(COLUMNS, result);
      }
      const row = [change.name, String(rate), ...COLUMNS.map(name => detected(outcomes.of(name), harmed))];
      log(row.join(' | '));
      return row;
    }),
  );
}

function others(metric: Metric): Watcher[] {
  return [
    new Flagger({ threshold: 1, successRate: 0.99, latency: true }),
    new Flagger({ threshold: 5, successRate: 0.99, latency: true }),
    new Kayenta('', metric),
  ];
}
