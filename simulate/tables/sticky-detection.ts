/** The product's default: how fast it finds a bad canary at weight 5 and 100 requests/s with sticky visitors. */
import { steady } from '../circumstances.ts';
import { failing, slow, type Harm } from '../harm.ts';
import { productDefault } from '../judge-settings.ts';
import { Judge } from '../judge-watcher.ts';
import { slowerBy } from '../latency.ts';
import { Random } from '../random.ts';
import { StickyWorld } from '../sticky-world.ts';
import { runTrial, type Outcome } from '../trial.ts';
import { detected, timesOf, within } from './outcomes.ts';
import { runsOf, type Log, type Size, type Table } from './table.ts';

const ONSET = 600;

interface Case {
  readonly name: string;
  /** Seconds after the weight was raised to 5. */
  readonly onset: number;
  readonly harm: (from: number) => Harm;
  readonly horizon: number;
  /** More where a promise is at stake, fewer for what is reported as it is. */
  readonly runs: number;
}

const CASES: readonly Case[] = [
  { name: 'outage, from the start', onset: 0, harm: from => failing(1, from), horizon: 600, runs: 40 },
  { name: 'outage, after ten minutes', onset: ONSET, harm: from => failing(1, from), horizon: 600, runs: 40 },
  {
    name: '50 % errors, from the start',
    onset: 0,
    harm: from => failing(0.5, from),
    horizon: 3_600,
    runs: 6,
  },
  {
    name: '50 % errors, after ten minutes',
    onset: ONSET,
    harm: from => failing(0.5, from),
    horizon: 3_600,
    runs: 6,
  },
  {
    name: '0.5 → 5 % errors, from the start',
    onset: 0,
    harm: from => failing(0.05, from),
    horizon: 14_400,
    runs: 6,
  },
  {
    name: '404 to all, from the start',
    onset: 0,
    harm: from => ({ ...slow(() => 0, from), status4xx: 1 }),
    horizon: 600,
    runs: 6,
  },
  {
    name: 'all × 2, from the start',
    onset: 0,
    harm: from => slow(slowerBy(2), from),
    horizon: 14_400,
    runs: 6,
  },
];

const CROWDS = [
  { visitors: 200, use: 'even', failing: 0, isolates: 1 },
  { visitors: 500, use: 'uneven', failing: 3, isolates: 2 },
  { visitors: 2_000, use: 'uneven', failing: 10, isolates: 4 },
  { visitors: 20_000, use: 'even', failing: 3, isolates: 4 },
] as const;

export function stickyDetection(size: Size, log: Log): Table {
  const rows = CASES.flatMap((bad, i) =>
    CROWDS.map(crowd => {
      const runs = runsOf(size, bad.runs, 200);
      const outcomes: Outcome[] = [];
      const reasons = new Map<string, number>();
      for (let run = 0; run < runs; run++) {
        const world = new StickyWorld(
          new Random(7_2, i, crowd.visitors, run),
          {
            rate: 100,
            errors: 0.005,
            status4xx: 0.02,
            burst: 1,
            breaker: true,
            crowd: { ...crowd, speedSpread: 0.3 },
          },
          steady,
          bad.harm(bad.onset),
        );
        const judge = new Judge('', productDefault(world.before(3_600)));
        const course = { stages: [{ weight: 5, from: 0 }], seconds: bad.onset + bad.horizon, tick: 2 };
        const outcome = sinceOnset(runTrial(world, [judge], course)[0]!, bad.onset);
        outcomes.push(outcome);
        const reason = judge.failedBy ?? 'not found';
        log.keep({ change: bad.name, ...crowd, run, ...timesOf(['seconds'], [outcome]), by: reason });
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      const row = [
        bad.name,
        `${crowd.visitors} ${crowd.use}, ${crowd.failing} always fail, ${crowd.isolates} isolates`,
        `${within(outcomes, 10)}, n=${runs}`,
        detected(outcomes, ({ visitors }) => visitors),
        [...reasons].map(([reason, count]) => `${reason} ${count}`).join(', '),
      ];
      log(row.join(' | '));
      return row;
    }),
  );
  return {
    title: 'Detection with sticky visitors, product default',
    note:
      'At weight 5 and 100 requests/s, 0.5 % errors, breaker on, a look every 2 s; seconds since the onset, ' +
      `median/p90 (visitors failed for the first time that day, median/p90).`,
    columns: ['change', 'visitors', 'within 10 s, % [95 % limits]', 'seconds (visitors)', 'found by'],
    rows,
  };
}

/** A rollback before anything was wrong is none of this table's: counted as at once it would flatter. */
function sinceOnset(outcome: Outcome, onset: number): Outcome {
  return { ...outcome, at: outcome.at <= onset ? Infinity : outcome.at - onset };
}
