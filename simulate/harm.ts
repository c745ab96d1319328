/** What is wrong with the canary, from when on. */
import { asUsual, type Slowdown } from './latency.ts';

export interface Harm {
  /** Seconds since the start. */
  readonly from: number;
  /** Errors of the canary as a fraction of its requests; undefined: as stable. */
  readonly errors?: number;
  /** Client errors (4xx), the same way. */
  readonly status4xx?: number;
  /** On top of what stable's latencies do. */
  readonly slowdown: Slowdown;
}

export const HARMLESS: Harm = { from: 0, slowdown: asUsual };

/** @param errors fraction @param from seconds */
export function failing(errors: number, from = 0): Harm {
  return { from, errors, slowdown: asUsual };
}

/** @param from seconds */
export function slow(slowdown: Slowdown, from = 0): Harm {
  return { from, slowdown };
}

/** The service as it is without the canary. */
export interface Service {
  /** Requests per second, mean of the day. */
  readonly rate: number;
  /** Errors as a fraction of requests, mean of the day. */
  readonly errors: number;
  readonly status4xx: number;
}

/** Even the worst incident lets some through. */
const MOST_ERRORS = 0.95;

export function boundedRate(rate: number): number {
  return Math.min(rate, MOST_ERRORS);
}
