/**
 * Every request is drawn by itself. Nobody is told apart, so whole intervals are drawn at once: counts
 * are binomial, latencies multinomial. Lanes are left out: without visitors there is nothing to measure on
 * them.
 */
import type { SparseHistogram } from '../src/core/analysis/histogram.ts';
import type { Circumstances, Course } from './circumstances.ts';
import { boundedRate, HARMLESS, type Harm, type Service } from './harm.ts';
import { addLatencies, asUsual, type Slowdown } from './latency.ts';
import type { Random } from './random.ts';
import { binomial, poisson } from './sampling.ts';
import { Tally, toTick, type Bitmap, type Tick } from './tally.ts';

export interface World {
  /**
   * Traffic before the start, on stable alone; the start itself is second 0.
   * @returns stable's latencies of that time, as the judge gets them
   */
  before(seconds: number): SparseHistogram;
  /** Goes on by some seconds. @param weight percent of the canary, as in force all that time */
  advance(seconds: number, weight: number): Tick;
}

export class CoinWorld implements World {
  readonly #random: Random;
  readonly #service: Service;
  readonly #course: Course;
  readonly #harm: Harm;
  #now = 0;

  constructor(random: Random, service: Service, course: Course, harm: Harm = HARMLESS) {
    this.#random = random;
    this.#service = service;
    this.#course = course;
    this.#harm = harm;
  }

  before(seconds: number): SparseHistogram {
    this.#now = -seconds;
    return this.advance(seconds, 0).stable.toCounts().latency;
  }

  advance(seconds: number, weight: number): Tick {
    const from = this.#now;
    this.#now += seconds;
    const here = this.#course(from + seconds / 2);
    const requests = poisson(this.#random, this.#service.rate * here.traffic * seconds);
    const canary = new Tally();
    const stable = new Tally();
    const ofCanary = binomial(this.#random, requests, weight / 100);
    const harm = from >= this.#harm.from ? this.#harm : HARMLESS;
    this.#fill(canary, ofCanary, here, harm.slowdown, harm.errors, harm.status4xx);
    this.#fill(stable, requests - ofCanary, here, asUsual);
    return toTick({ from, to: this.#now, weight, canary, stable, lanes: [], visitors: EVERYBODY });
  }

  #fill(
    tally: Tally,
    n: number,
    { errors, drift }: Circumstances,
    slowdown: Slowdown,
    errorRate = boundedRate(this.#service.errors * errors),
    rate4xx = this.#service.status4xx,
  ): void {
    tally.requests = n;
    tally.draws = n;
    tally.errors = binomial(this.#random, n, errorRate);
    tally.status4xx = binomial(this.#random, n - tally.errors, rate4xx);
    // Who comes once fails for the first time.
    tally.firstErrors.fill(tally.errors);
    tally.first4xx.fill(tally.status4xx);
    addLatencies(this.#random, n - tally.errors, slowdown, drift, tally.latency);
  }
}

const ALL: Bitmap = new Uint8Array(32).fill(255);
const EVERYBODY = { canary: ALL, stable: ALL };
