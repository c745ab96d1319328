/**
 * Visitors keep their variant, come back, retry what failed, and meet a breaker in each isolate: request
 * by request, because who fails and in what order is what matters here.
 */
import type { SparseHistogram } from '../src/core/analysis/histogram.ts';
import { LANES } from '../src/core/analysis/interval.ts';
import { Breaker } from '../src/core/rollout/breaker.ts';
import { MAX_STRANDS, strandOf } from '../src/core/rollout/strand.ts';
import type { Circumstances, Course } from './circumstances.ts';
import type { World } from './coin-world.ts';
import { Firsts } from './firsts.ts';
import { boundedRate, HARMLESS, type Harm, type Service } from './harm.ts';
import { asUsual, drawDeviate, positionOf } from './latency.ts';
import type { Random } from './random.ts';
import { poisson } from './sampling.ts';
import { emptyBitmap, emptyLanes, markVisitor, sumOf, Tally, toTick, type Tick } from './tally.ts';
import { Visitors, type Crowd } from './visitors.ts';

export interface StickyService extends Service {
  readonly crowd: Crowd;
  /** Mean length of a run of failures once something fails, geometric; 1: nobody tries again. */
  readonly burst: number;
  /** The product's default: 5 failures in a row divert for 10 s. */
  readonly breaker: boolean;
}

const BREAKER = { consecutiveErrors: 5, cooldownMs: 10_000 };
const PROBE_LEASE_MS = 30_000;
/** Whose request failed tries again after so many seconds. */
const RETRY_SECONDS = 1;

interface Retry {
  readonly visitor: number;
  readonly at: number;
}

export class StickyWorld implements World {
  readonly #random: Random;
  readonly #service: StickyService;
  readonly #course: Course;
  readonly #harm: Harm;
  readonly #visitors: Visitors;
  #firstErrors: Firsts;
  #first4xx: Firsts;
  #firstDiverted: Firsts;
  /** By isolate; of stable by strand, too, as in the product. */
  readonly #breakers: {
    readonly canary: readonly Breaker[];
    readonly stable: readonly (readonly Breaker[])[];
  };
  readonly #isKnown: Uint8Array;
  #retries: Retry[] = [];
  #weight = 0;
  #now = 0;

  constructor(random: Random, service: StickyService, course: Course, harm: Harm = HARMLESS) {
    this.#random = random;
    this.#service = service;
    this.#course = course;
    this.#harm = harm;
    this.#visitors = new Visitors(random, service.crowd);
    const { visitors, isolates } = service.crowd;
    this.#firstErrors = new Firsts(visitors);
    this.#first4xx = new Firsts(visitors);
    this.#firstDiverted = new Firsts(visitors);
    const breakers = (count: number): Breaker[] => Array.from({ length: count }, () => new Breaker(BREAKER));
    this.#breakers = {
      canary: service.breaker ? breakers(isolates) : [],
      stable: service.breaker ? Array.from({ length: isolates }, () => breakers(MAX_STRANDS)) : [],
    };
    this.#isKnown = new Uint8Array(visitors);
  }

  before(seconds: number): SparseHistogram {
    this.#now = -seconds;
    return this.advance(seconds, 0).stable.toCounts().latency;
  }

  advance(seconds: number, weight: number): Tick {
    const from = this.#now;
    const to = from + seconds;
    const here = this.#course(from + seconds / 2);
    if (weight !== this.#weight) this.#forget(weight);
    const cut = Math.floor((weight / 100) * 2 ** 32);
    const tick = {
      canary: new Tally(),
      lanes: emptyLanes(),
      visitors: { canary: emptyBitmap(), stable: emptyBitmap() },
    };
    const serve = (visitor: number, at: number, isRetry: boolean): void => {
      const bucket = this.#visitors.bucket[visitor]!;
      const isCanary = bucket < cut;
      const tally = isCanary ? tick.canary : tick.lanes[bucket % LANES]!;
      markVisitor(isCanary ? tick.visitors.canary : tick.visitors.stable, bucket);
      const isolate = this.#visitors.isolate[visitor]!;
      const breaker = isCanary
        ? this.#breakers.canary[isolate]
        : this.#breakers.stable[isolate]?.[strandOf({ low: cut, high: 2 ** 32 }, bucket)];
      this.#serve(tally, visitor, breaker, isCanary, at, here, isRetry);
    };
    // In order of time by itself: everyone waits equally long.
    const retries = this.#retries;
    let next = 0;
    const retryUntil = (at: number): void => {
      for (; next < retries.length && retries[next]!.at < at; next++) {
        serve(retries[next]!.visitor, retries[next]!.at, true);
      }
    };
    const n = poisson(this.#random, this.#service.rate * here.traffic * seconds);
    for (let i = 0; i < n; i++) {
      const at = from + ((i + this.#random.uniform()) / n) * seconds;
      retryUntil(at);
      serve(this.#visitors.pick(), at, false);
    }
    retryUntil(to);
    this.#retries = retries.slice(next);
    this.#now = to;
    return toTick({ from, to, weight, ...tick, stable: sumOf(tick.lanes) });
  }

  /** Another weight is another coin, and who failed first is told apart under each by itself, as in the hub. */
  #forget(weight: number): void {
    this.#weight = weight;
    this.#firstErrors = new Firsts(this.#visitors.count);
    this.#first4xx = new Firsts(this.#visitors.count);
    this.#firstDiverted = new Firsts(this.#visitors.count);
  }

  #serve(
    tally: Tally,
    visitor: number,
    breaker: Breaker | undefined,
    isCanary: boolean,
    at: number,
    here: Circumstances,
    isRetry: boolean,
  ): void {
    tally.requests += 1;
    if (this.#isKnown[visitor] === 0) {
      this.#isKnown[visitor] = 1;
      tally.draws += 1;
    }
    const ticket = breaker?.admit(at * 1000, true, PROBE_LEASE_MS);
    if (breaker !== undefined && ticket === undefined) {
      // No first failure, but told apart: as in the product.
      tally.errors += 1;
      this.#firstDiverted.failed(visitor, at, tally.firstDiverted);
      return;
    }
    const harm = isCanary && at >= this.#harm.from ? this.#harm : HARMLESS;
    const rate = harm.errors ?? boundedRate(this.#service.errors * here.errors);
    // A retry is there because the failure lasts; its end is what makes the burst geometric.
    const fails = isRetry || this.#visitors.fails[visitor] === 1 || this.#random.uniform() < rate;
    if (ticket !== undefined) breaker?.settle(ticket, fails ? 'error' : 'success', at * 1000);
    if (fails) {
      tally.errors += 1;
      this.#firstErrors.failed(visitor, at, tally.firstErrors);
      if (this.#random.uniform() >= 1 / this.#service.burst) {
        this.#retries.push({ visitor, at: at + RETRY_SECONDS });
      }
      return;
    }
    if (this.#random.uniform() < (harm.status4xx ?? this.#service.status4xx)) {
      tally.status4xx += 1;
      this.#first4xx.failed(visitor, at, tally.first4xx);
    }
    const deviate = drawDeviate(this.#random);
    const slowdown = harm.slowdown === asUsual ? 0 : harm.slowdown(deviate);
    tally.latency[positionOf(deviate, this.#visitors.octaves[visitor]! + here.drift + slowdown)]! += 1;
  }
}
