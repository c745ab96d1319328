/** The product's default, with visitors who come again and again: how often a good canary is rolled back. */
import { RAMP, roughDay } from '../circumstances.ts';
import { percent } from '../estimate.ts';
import { Flagger } from '../flagger.ts';
import { NO_MARGIN, perRequest, productDefault } from '../judge-settings.ts';
import { Judge } from '../judge-watcher.ts';
import { Random } from '../random.ts';
import { StickyWorld, type StickyService } from '../sticky-world.ts';
import { runTrial, type Course } from '../trial.ts';
import type { Watcher } from '../watcher.ts';
import { PeekedZTest } from '../z-test.ts';
import { Outcomes, rolledBack, timesOf } from './outcomes.ts';
import { runsOf, type Log, type Size, type Table } from './table.ts';

function day({ isFull }: Size): Course {
  return { stages: RAMP, seconds: 86_400, tick: isFull ? 10 : 30 };
}

const USES = ['even', 'uneven'] as const;
const SIZES = [500, 2_000, 20_000];

interface Trouble {
  readonly name: string;
  readonly failing: number;
  readonly burst: number;
  readonly isolates: number;
  readonly speedSpread: number;
}

const TROUBLES: readonly Trouble[] = [
  { name: 'nothing else, 1 isolate', failing: 0, burst: 1, isolates: 1, speedSpread: 0.2 },
  { name: 'three who always fail, 2 isolates', failing: 3, burst: 1, isolates: 2, speedSpread: 0.3 },
  { name: 'ten who always fail, 4 isolates', failing: 10, burst: 1, isolates: 4, speedSpread: 0.4 },
  { name: 'retries in bursts of 4, 3 isolates', failing: 0, burst: 4, isolates: 3, speedSpread: 0.3 },
];

const WEIR = 'Weir, product default';
/** What the others do is seen in a day. */
const OTHERS_RUNS = 1;
const RAW = 'the same statistics per request';

export function stickyFalseRollbacks(size: Size, log: Log): Table {
  const runs = runsOf(size, 1, 100);
  const all = new Outcomes();
  const rows = TROUBLES.flatMap((trouble, i) =>
    SIZES.flatMap(visitors =>
      USES.map(use => {
        const outcomes = new Outcomes();
        let distrusted = 0;
        for (let run = 0; run < runs; run++) {
          const random = new Random(7_1, i, visitors, USES.indexOf(use), run);
          const world = new StickyWorld(random, serviceOf(visitors, use, trouble), roughDay(random));
          const watchers = watchersOf(world, run);
          const names = watchers.map(({ name }) => name);
          const result = runTrial(world, watchers, day(size));
          outcomes.add(names, result);
          all.add(names, result);
          const [weir] = watchers;
          if (weir.isDistrusted) distrusted++;
          log.keep({
            trouble: trouble.name,
            visitors,
            use,
            run,
            ...timesOf(names, result),
            by: weir.failedBy ?? null,
            distrusted: weir.isDistrusted,
          });
        }
        const row = [
          `${visitors} ${use}`,
          trouble.name,
          rolledBack(outcomes.of(WEIR)),
          `${distrusted} of ${runs}`,
          ...OTHERS.map(name => rolledBack(outcomes.of(name))),
        ];
        log(row.join(' | '));
        return row;
      }),
    ),
  );
  const ofWeir = all.of(WEIR);
  const count = ofWeir.filter(({ at }) => Number.isFinite(at)).length;
  return {
    title: 'False rollbacks with sticky visitors',
    note:
      'An identical canary, in % of runs: within 10 min / 1 h / 24 h [95 % limits of the last]. 100 requests/s, ' +
      '0.5 % errors, 2 % 4xx, the same day and weights as above, breaker on, an hour of traffic before the start; ' +
      `a look every ${day(size).tick} s; visitors’ own speeds differ with sd 0.2 to 0.4. Where the built-in A/A test speaks, Weir asks a person instead of rolling back. All cells of Weir together: ${percent({ count, runs: ofWeir.length })} %.`,
    columns: ['visitors', 'trouble', WEIR, 'A/A test speaks', ...OTHERS],
    rows,
  };
}

function serviceOf(visitors: number, use: 'even' | 'uneven', trouble: Trouble): StickyService {
  const { failing, burst, isolates, speedSpread } = trouble;
  return {
    rate: 100,
    errors: 0.005,
    status4xx: 0.02,
    burst,
    breaker: true,
    crowd: { visitors, use, speedSpread, failing, isolates },
  };
}

function watchersOf(world: StickyWorld, run: number): [Judge, ...Watcher[]] {
  const baseline = world.before(3_600);
  const weir = new Judge(WEIR, productDefault(baseline));
  if (run >= OTHERS_RUNS) return [weir];
  return [
    weir,
    new Judge(RAW, perRequest(NO_MARGIN, baseline)),
    new PeekedZTest(),
    new Flagger({ threshold: 5, successRate: 0.99, latency: true }),
  ];
}

const OTHERS = [RAW, new PeekedZTest().name, 'Flagger 99 %/500 ms, threshold 5'];
