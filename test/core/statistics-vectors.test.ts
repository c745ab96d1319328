import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { betaBinomialLogEValue, omnibusHistogramLogEValue } from '../../src/core/analysis/beta-binomial.ts';
import {
  bernoulliLogIncrement,
  scoreTiltLogIncrement,
  thresholdLogIncrement,
  twoSampleLogIncrement,
  type TwoCounts,
} from '../../src/core/analysis/increments.ts';
import { sampleRatioMismatch } from '../../src/core/analysis/mismatch.ts';
import {
  averageLogEValue,
  logEValue,
  mixtureLogEValue,
  startMixture,
  uniformLogPrior,
  updateMixture,
} from '../../src/core/analysis/mixture.ts';

const VECTORS = new URL('../../../shared/vectors/statistics.json', import.meta.url);

/** Of one vector: which of these there are depends on the function. */
interface Input extends TwoCounts {
  readonly k: number;
  readonly N: number;
  readonly p: number;
  readonly m: number;
  readonly a: number;
  readonly b: number;
  readonly n: number;
  readonly w: number;
  readonly kappa: number;
  readonly theta?: number;
  readonly eps?: number;
  readonly eta: number;
  readonly hC: number[];
  readonly hS: number[];
  readonly scores: number[];
  readonly logE: number[];
  readonly weights: number[];
  readonly grid: number[];
  readonly intervals?: TwoCounts[];
  readonly hazard: number | string;
  readonly cap: number | null;
  readonly discount: number;
  readonly hoeffdingBest: boolean;
}

interface Vector {
  readonly id: string;
  readonly function: string;
  readonly input: Input;
  readonly expected: number | number[];
}

function switching({ intervals, grid, theta, eps, ...input }: Input): number[] {
  let state = startMixture(grid.length);
  return (intervals ?? []).map(counts => {
    const increments = grid.map(m =>
      input.hoeffdingBest ? thresholdLogIncrement(counts, m) : twoSampleLogIncrement(counts, m, theta, eps),
    );
    state = updateMixture(state, increments, {
      discount: input.discount,
      ...(input.cap === null ? {} : { cap: input.cap }),
      ...(typeof input.hazard === 'number' ? { hazard: input.hazard } : {}),
    });
    return logEValue(state);
  });
}

function computed(name: string, input: Input): number | number[] {
  const { k, N, p, m, theta, eps, hC, hS } = input;
  const mixed = (increments: number[]) => mixtureLogEValue(increments, uniformLogPrior(increments.length));
  switch (name.replace(/\(.*/, '')) {
    case 'bernoulliLogIncrement':
      return bernoulliLogIncrement(k, N, p, m);
    case 'bernoulliLogIncrement mixture':
      return mixed(input.grid.map(bet => bernoulliLogIncrement(k, N, p, bet)));
    case 'twoSampleLogIncrement':
      return twoSampleLogIncrement(input, m, theta, eps);
    case 'thresholdLogIncrement':
      return thresholdLogIncrement(input, m);
    case 'mixtureLogEValue':
      return mixed(
        input.grid.map(bet =>
          (input.intervals ?? [input]).reduce(
            (sum, counts) => sum + twoSampleLogIncrement(counts, bet, theta, eps),
            0,
          ),
        ),
      );
    case 'switchingLogEValues':
      return switching(input);
    case 'scoreTiltLogIncrement':
      return scoreTiltLogIncrement(hC, hS, input.scores, input.eta);
    case 'srmLogEValue':
      return sampleRatioMismatch(input.nC, input.n, input.w);
    case 'averageLogEValue':
      return averageLogEValue(input.logE, input.weights);
    case 'betaBinomialLogEValue':
      return betaBinomialLogEValue(k, N, p, input.a, input.b);
    case 'omnibusHistogramLogEValue':
      return omnibusHistogramLogEValue(hC, hS, input.w, input.kappa);
    default:
      throw new Error(`no function of this name: ${name}`);
  }
}

describe('the statistics', () => {
  it.skipIf(!existsSync(VECTORS))(
    'reproduce every shared vector to 1e-9 (skipped where ../shared is absent)',
    () => {
      const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { vectors: Vector[] };
      expect(vectors).toHaveLength(34);
      for (const { id, function: name, input, expected } of vectors) {
        const [got, wanted] = [[computed(name, input)].flat(), [expected].flat()];
        expect([id, got.length]).toEqual([id, wanted.length]);
        got.forEach((value, i) => {
          const off = Math.abs(value - wanted[i]!) / Math.max(Math.abs(wanted[i]!), 1e-300);
          expect([id, i, value === wanted[i] || off < 1e-9]).toEqual([id, i, true]);
        });
      }
    },
  );
});
