import type { Interval, JudgedArm, JudgedCounts, Stratum } from '../../src/core/analysis/interval.ts';
import { judge } from '../../src/core/analysis/judge.ts';
import type { Judgement } from '../../src/core/analysis/judgement.ts';
import type { JudgeSettings, Moment } from '../../src/core/analysis/settings.ts';
import { startJudging, type JudgeState } from '../../src/core/analysis/state.ts';
import type { VerdictKind } from '../../src/core/analysis/verdict.ts';

/** Mulberry32: a seeded draw is the same on every machine. */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const settings: JudgeSettings = {
  candidate: 'canary',
  criteria: [
    { kind: 'tolerance', metric: 'errors', ratio: 1.1, absolute: 0.0001, require: true },
    { kind: 'latency', ratio: 1.1, require: false },
    { kind: 'tolerance', metric: '4xx', ratio: 1.5, absolute: 0.01, require: false },
    { kind: 'limit', metric: 'errors', limit: 0.5 },
  ],
  falseRollbackRate: 0.01,
  falsePromotionRate: 0.05,
  blastRadius: 0.001,
  minRequests: 50,
  warmupMs: 0,
  sticky: true,
  countsDraws: true,
  reaction: 'fast',
  onSharedFailure: 'auto',
  baseline: null,
};

export const START = 1_800_000_000_000;

export const moment: Moment = {
  now: START,
  weight: 5,
  nextWeight: 25,
  raisedAt: null,
  stepSince: START,
  unreadableSince: null,
  excluded: [],
};

/** How visitors of one variant fare. */
export interface Fate {
  readonly errors: number;
  readonly notFound?: number;
  /** Median in milliseconds; single requests vary around it. */
  readonly ms?: number;
  /** Of every request: nothing varies. */
  readonly exactMs?: number;
}

export interface World {
  readonly seed?: number;
  readonly requestsPerSecond: number;
  readonly visitors?: number;
  readonly weight: number;
  readonly stable: Fate;
  readonly canary: Fate;
}

interface Mutable {
  counts: { started: number; requests: number; errors: number; status4xx: number; status3xx: number };
  firsts: Record<string, [number, number]>;
  latency: Map<number, number>;
  draws: number;
  visitors: Set<number>;
}

const nobody = (): Mutable => ({
  counts: { started: 0, requests: 0, errors: 0, status4xx: 0, status3xx: 0 },
  firsts: {},
  latency: new Map(),
  draws: 0,
  visitors: new Set(),
});

function countsOf({ counts, firsts, latency }: Mutable): JudgedCounts {
  return { ...counts, firsts: structuredClone(firsts), latency: { buckets: [...latency], sumMs: 0 } };
}

function armOf(arm: Mutable): JudgedArm {
  const bits = new Array<number>(64).fill(0);
  for (const bit of arm.visitors) bits[bit >> 2]! |= 1 << (bit & 3);
  return { ...countsOf(arm), draws: arm.draws, visitors: bits.map(digit => digit.toString(16)).join('') };
}

/** Sticky visitors whose failures are told apart: one interval at a time, as the hub would hand it over. */
export function live({ seed = 1, requestsPerSecond, visitors = 2000, weight, stable, canary }: World) {
  const random = draws(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const last = new Map<string, number>();
  const seen = new Set<number>();
  const isFirst = (key: string, at: number, within: number) => {
    const before = last.get(`${key} ${within}`);
    if (before !== undefined && at - before < within) return false;
    last.set(`${key} ${within}`, at);
    return true;
  };

  return function next(from: number, to: number): Interval {
    const [toCanary, toStable] = [nobody(), nobody()];
    const lanes = Array.from({ length: 16 }, nobody);
    const requests = Math.round(((to - from) / 1000) * requestsPerSecond);
    for (let i = 0; i < requests; i++) {
      const id = Math.floor(random() * visitors);
      const isCanary = (Math.imul(id + 1, 2654435761) >>> 0) / 2 ** 32 < weight / 100;
      const fate = isCanary ? canary : stable;
      const arms = isCanary ? [toCanary] : [toStable, lanes[id % 16]!];
      const [isError, isNotFound] = [random() < fate.errors, random() < (fate.notFound ?? 0)];
      const ms = fate.exactMs ?? (fate.ms ?? 80) * Math.exp(0.5 * normal());
      const bucket = Math.ceil(8 * Math.log2(ms / 1000)) - 1;
      const kinds = [...(isError ? ['errors'] : []), ...(isNotFound ? ['4xx'] : [])];
      const firsts = kinds.map(kind => {
        const key = `${kind} ${id} ${String(isCanary)}`;
        return [kind, +isFirst(key, to, 86_400_000), +isFirst(key, to, 600_000)] as const;
      });
      for (const arm of arms) {
        arm.counts.started++;
        arm.counts.requests++;
        arm.counts.errors += +isError;
        arm.counts.status4xx += +isNotFound;
        if (!isError) arm.latency.set(bucket, (arm.latency.get(bucket) ?? 0) + 1);
        arm.visitors.add(id & 255);
        if (!seen.has(id)) arm.draws++;
        for (const [kind, day, ten] of firsts) {
          const known = (arm.firsts[kind] ??= [0, 0]);
          known[0] += day;
          known[1] += ten;
        }
      }
      seen.add(id);
    }
    const stratum: Stratum = {
      generation: `g${weight}`,
      coin: 'split',
      weights: { canary: weight * 1000, stable: 100_000 - weight * 1000 },
      arms: { canary: armOf(toCanary), stable: armOf(toStable) },
      lanes: lanes.map(countsOf),
    };
    return { from, to, strata: [stratum], lost: 0 };
  };
}

type Live = (from: number, to: number) => Interval;

/** Looks every two seconds, until the verdict is of that kind or the time is over. */
export function follow(
  next: Live,
  seconds: number,
  {
    rules = settings,
    at = {},
    until = 'fail',
    state = startJudging(rules),
    from = START,
  }: {
    rules?: JudgeSettings;
    at?: Partial<Moment>;
    until?: VerdictKind;
    state?: JudgeState;
    from?: number;
  } = {},
): Judgement & { readonly seconds: number } {
  let judgement: Judgement | undefined;
  let now = from;
  while (now < from + seconds * 1000) {
    const interval = next(now, now + 2000);
    now += 2000;
    judgement = judge(judgement?.state ?? state, interval, rules, { ...moment, ...at, now });
    if (judgement.verdict.kind === until) break;
  }
  return { ...judgement!, seconds: (now - from) / 1000 };
}

/** One coin's interval with the same other things, for what a world would not bring about. */
export function withStratum(interval: Interval, patch: (stratum: Stratum) => Stratum): Interval {
  return { ...interval, strata: interval.strata.map(patch) };
}
