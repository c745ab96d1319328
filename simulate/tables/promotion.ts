/** How long a good canary takes to 100, and whether a bad one gets there: judge and state machine together. */
import { steady } from '../circumstances.ts';
import { CoinWorld } from '../coin-world.ts';
import { medianAndP90, percent } from '../estimate.ts';
import { Flagger } from '../flagger.ts';
import { failing, HARMLESS, type Harm } from '../harm.ts';
import { errors, latency, perRequest } from '../judge-settings.ts';
import { Random } from '../random.ts';
import { runTrial } from '../trial.ts';
import { Walk } from '../walk.ts';
import type { Plan } from '../../src/core/delivery/plan.ts';
import type { JudgeSettings } from '../../src/core/analysis/settings.ts';
import { runsOf, type Log, type Size, type Table } from './table.ts';

const RATES = [10, 100, 1000];
const WEIGHTS = [1, 5, 25, 50, 100];
const CRITERIA = [errors(1.1, 0.0001), latency(1.1)];
const HOLD_MS = 60_000;
const TICK = 10;
const DAY = 86_400;
/** 1.25 × stable and the whole blast radius more. */
const ON_MARGIN = 1.25 * 0.001 + 0.001;

interface Canary {
  readonly name: string;
  readonly errors: number;
  readonly harm: Harm;
  /** Rollback is switched off: whether the advance alone keeps its promise. */
  readonly isUnguarded: boolean;
  readonly told: 'time' | 'promoted';
}

const CANARIES: readonly Canary[] = [
  { name: 'identical, no errors', errors: 0, harm: HARMLESS, isUnguarded: false, told: 'time' },
  { name: 'identical, 0.1 %', errors: 0.001, harm: HARMLESS, isUnguarded: false, told: 'time' },
  { name: 'identical, 1 %', errors: 0.01, harm: HARMLESS, isUnguarded: false, told: 'time' },
  {
    name: '0.1 → 0.3 %: promoted',
    errors: 0.001,
    harm: failing(0.003),
    isUnguarded: false,
    told: 'promoted',
  },
  {
    name: 'on the final margin, rollback switched off: promoted',
    errors: 0.001,
    harm: failing(ON_MARGIN),
    isUnguarded: true,
    told: 'promoted',
  },
];

export function promotion(size: Size, log: Log): Table {
  const runs = runsOf(size, 5, 200);
  const rows = CANARIES.map((canary, i) => [
    canary.name,
    ...RATES.map(rate => {
      const ends = Array.from({ length: runs }, (_, run) =>
        walk(new Random(5_5, i, rate, run), rate, canary),
      );
      for (const [run, end] of ends.entries()) {
        log.keep({ canary: canary.name, rate, run, at: Number.isFinite(end.at) ? end.at : null });
      }
      const promoted = percent({ count: ends.filter(({ at }) => Number.isFinite(at)).length, runs });
      const rolledBack = `rolled back ${ends.filter(end => end.isRolledBack).length} of ${runs}`;
      const cell =
        canary.told === 'promoted' ? promoted : `${medianAndP90(ends.map(({ at }) => at))}; ${rolledBack}`;
      log(`${canary.name}, ${rate} requests/s | ${cell}`);
      return cell;
    }),
  ]);
  return {
    title: 'Promotion 1 → 5 → 25 → 50 → 100',
    note:
      'Seconds until the step of 100 is set, median/p90; or % of canaries that ever get there [95 % limits]. Each ' +
      'request drawn by itself, blast radius 0.1 pp, falsePromotionRate 5 %, holds of 60 s, default margins, 24 h, ' +
      `a look every ${TICK} s, ${runs} runs a cell.`,
    columns: ['canary', ...RATES.map(rate => `${rate} requests/s`)],
    rows: [...rows, ...[0.003, 0.005].map(rate => flaggerRow(rate, size.isFull ? 300 : 40))],
  };
}

function walk(random: Random, rate: number, canary: Canary): { at: number; isRolledBack: boolean } {
  const world = new CoinWorld(random, { rate, errors: canary.errors, status4xx: 0.02 }, steady, canary.harm);
  const guarded = perRequest(CRITERIA, world.before(3_600));
  const settings = canary.isUnguarded ? { ...guarded, falseRollbackRate: 1e-300 } : guarded;
  const rollout = new Walk(planOf(settings), settings);
  for (let now = 0; now < DAY; now += TICK) {
    if (rollout.weight === 100) return { at: now, isRolledBack: false };
    if (rollout.phase === 'rolled-back') return { at: Infinity, isRolledBack: true };
    rollout.see(world.advance(TICK, rollout.weight));
  }
  return { at: Infinity, isRolledBack: false };
}

function planOf(settings: JudgeSettings): Plan {
  return {
    ...settings,
    steps: WEIGHTS.map(weight => ({ share: weight * 1000, holdMs: HOLD_MS, approval: 'none' })),
    holdback: 0,
    // Nobody is there to resume it.
    maxHoldMs: 2 * DAY * 1000,
    onMaxHold: 'pause',
    maxBlindMs: 600_000,
    onBlind: 'auto',
    freeze: [],
    notify: [],
    gates: [],
  };
}

/** Ten minutes a step and five failed checks allowed, as its documentation has it. */
function flaggerRow(rate: number, runs: number): string[] {
  const step = 600;
  const stages = WEIGHTS.slice(0, -1).map((weight, i) => ({ weight, from: i * step }));
  const cells = RATES.map(requests => {
    let promoted = 0;
    for (let run = 0; run < runs; run++) {
      const world = new CoinWorld(
        new Random(5_6, rate * 1000, requests, run),
        { rate: requests, errors: 0.001, status4xx: 0.02 },
        steady,
        failing(rate),
      );
      const flagger = new Flagger({ threshold: 5, successRate: 0.99, latency: false });
      const course = { stages, seconds: stages.length * step, tick: 60 };
      if (!Number.isFinite(runTrial(world, [flagger], course)[0]!.at)) promoted++;
    }
    return percent({ count: promoted, runs });
  });
  return [`Flagger 99 %, errors alone, t=5, 10 min a step: a ${rate * 100} % canary promoted`, ...cells];
}
