/** How often a canary that is just like stable is rolled back, where each request is drawn by itself. */
import { RAMP, roughDay, steady } from '../circumstances.ts';
import { CoinWorld } from '../coin-world.ts';
import { Flagger } from '../flagger.ts';
import type { Service } from '../harm.ts';
import { ERRORS_ALONE, ERRORS_WITH_MARGIN, NO_MARGIN, perRequest } from '../judge-settings.ts';
import { Judge } from '../judge-watcher.ts';
import { errorRate, Kayenta, p99 } from '../kayenta.ts';
import { Random } from '../random.ts';
import { runTrial, type Course } from '../trial.ts';
import type { Watcher } from '../watcher.ts';
import { PeekedZTest } from '../z-test.ts';
import { Outcomes, rolledBack, timesOf } from './outcomes.ts';
import { runsOf, type Log, type Size, type Table } from './table.ts';

function day({ isFull }: Size): Course {
  return { stages: RAMP, seconds: 86_400, tick: isFull ? 10 : 30 };
}

export const SERVICES: readonly Service[] = [
  { rate: 10, errors: 0.001, status4xx: 0.02 },
  { rate: 10, errors: 0.01, status4xx: 0.02 },
  { rate: 1000, errors: 0.001, status4xx: 0.02 },
  { rate: 1000, errors: 0.01, status4xx: 0.02 },
];

const FLAT = 'Flagger 99 %, errors alone, threshold 1; flat traffic, no incidents';

export function falseRollbacks(size: Size, log: Log): Table {
  const runs = runsOf(size, 3, 500);
  const cells = SERVICES.map((service, cell) => {
    const outcomes = new Outcomes();
    for (let run = 0; run < runs; run++) oneDay(outcomes, service, cell, run, size, log);
    for (const name of NAMES) log(`${describe(service)} | ${name} | ${rolledBack(outcomes.of(name))}`);
    return outcomes;
  });
  return {
    title: 'False rollbacks, each request drawn by itself',
    note:
      'An identical canary, in % of runs: within 10 min / 1 h / 24 h [95 % limits of the last]. Weights 1 % (1 h), ' +
      '5 % (2 h), 25 % (4 h), 50 %; traffic ±60 %, error rate ±50 %, latency ±15 % with the time of day, three ' +
      `shared incidents a day. A look every ${day(size).tick} s.`,
    columns: ['method', ...SERVICES.map(describe)],
    rows: NAMES.map(name => [name, ...cells.map(outcomes => rolledBack(outcomes.of(name)))]),
  };
}

function describe({ rate, errors }: Service): string {
  return `${rate} requests/s, ${errors * 100} %`;
}

const JUDGED = {
  portfolio: 'Weir: errors and latency, no margin, α = 1 %',
  alone: 'Weir: errors alone, no margin, α = 1 %',
  margin: 'Weir: errors with the default margin, 1.1 × + 0.01 pp',
};

function oneDay(outcomes: Outcomes, service: Service, cell: number, run: number, size: Size, log: Log): void {
  const random = new Random(5_1, cell, run);
  const world = new CoinWorld(random, service, roughDay(random));
  const baseline = world.before(3_600);
  const watchers: Watcher[] = [
    new Judge(JUDGED.portfolio, perRequest(NO_MARGIN, baseline)),
    new Judge(JUDGED.alone, perRequest(ERRORS_ALONE, baseline)),
    new Judge(JUDGED.margin, perRequest(ERRORS_WITH_MARGIN, baseline)),
    new PeekedZTest(),
    new Flagger({ threshold: 1, successRate: 0.99, latency: true }),
    new Flagger({ threshold: 5, successRate: 0.99, latency: true }),
    // A day of it takes longer than all others together.
    ...(run < (size.isFull ? 50 : 3)
      ? [new Kayenta('error rate', errorRate), new Kayenta('p99 latency', p99)]
      : []),
  ];
  const names = watchers.map(({ name }) => name);
  const result = runTrial(world, watchers, day(size));
  log.keep({ ...service, run, ...timesOf(names, result) });
  outcomes.add(names, result);
  const flat = new Flagger({ threshold: 1, successRate: 0.99, latency: false });
  outcomes.add([FLAT], runTrial(new CoinWorld(random, service, steady), [flat], day(size)));
}

const NAMES = [
  JUDGED.portfolio,
  JUDGED.alone,
  JUDGED.margin,
  new PeekedZTest().name,
  'Flagger 99 %/500 ms, threshold 1',
  'Flagger 99 %/500 ms, threshold 5',
  FLAT,
  'Kayenta, error rate, judged each minute',
  'Kayenta, p99 latency, judged each minute',
];
