import { describe, expect, it } from 'vitest';
import type { Interval } from '../../src/core/analysis/interval.ts';
import { judge } from '../../src/core/analysis/judge.ts';
import type { Judgement } from '../../src/core/analysis/judgement.ts';
import { startJudging } from '../../src/core/analysis/state.ts';
import { START, follow, live, moment, settings, withStratum, type World } from '../support/judging.ts';

const good = { errors: 0.01 };
const world: World = { requestsPerSecond: 100, weight: 5, stable: good, canary: good };
const rules = { ...settings, criteria: settings.criteria.slice(3) };
const [MINUTE, HOUR] = [60_000, 3_600_000];

function fromThenTo(next: (from: number, to: number) => Interval, looks: readonly number[]): Judgement {
  let [state, now] = [startJudging(rules), START];
  let judgement: Judgement | undefined;
  for (const ms of looks) {
    judgement = judge(state, next(now, now + ms), rules, { ...moment, now: now + ms });
    state = judgement.state;
    now += ms;
  }
  return judgement!;
}

function every(ms: number, spanMs: number): number[] {
  return new Array<number>(spanMs / ms).fill(ms);
}

describe('five different visitors', () => {
  it.each([
    ['in half an hour', MINUTE, 30 * MINUTE],
    ['in hours, though each counts again and again', 2 * MINUTE, 6 * HOUR],
    ['in days', HOUR, 72 * HOUR],
    ['between looks that are far apart', 25 * MINUTE, 5 * HOUR],
  ])('are never three broken clients %s', (_, look, span) => {
    const threeOnCanary = live({ ...world, requestsPerSecond: 1 / 4, visitors: 60, canary: { errors: 1 } });
    const judged = fromThenTo(threeOnCanary, every(look, span));
    const limit = judged.evidence.find(({ criterion }) => criterion === 'errors-limit')!;
    expect(limit.logE).toBeGreaterThan(limit.threshold!);
    expect(judged.verdict.kind).toBe('inconclusive');
  });

  it('are found where one comes every few minutes', () => {
    const rare = live({ ...world, requestsPerSecond: 1 / 20, canary: { errors: 1 } });
    expect(fromThenTo(rare, every(MINUTE, 6 * HOUR)).verdict.criterion).toBe('errors-limit');
  });

  it('may have failed before: whoever met an error yesterday counts again today', () => {
    const next = live({ ...world, requestsPerSecond: 1 / 4, visitors: 200, canary: { errors: 0.3 } });
    const dead = live({ ...world, visitors: 200, canary: { errors: 1 } });
    const yesterday = fromThenTo(next, every(HOUR, 23 * HOUR));
    expect(yesterday.verdict.kind).toBe('inconclusive');
    // All are known to have failed within the day.
    const known = (from: number, to: number): Interval =>
      withStratum(dead(from, to), stratum => {
        const [, ten] = stratum.arms.canary!.firsts.errors ?? [0, 0];
        const canary = { ...stratum.arms.canary!, firsts: { errors: [0, ten] as const } };
        return { ...stratum, arms: { ...stratum.arms, canary } };
      });
    const now = START + 25 * HOUR;
    const judged = follow(known, 10, { ...yesterday, rules, from: now });
    expect(judged.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });
});

describe('an incident in which stable fails less often than its limit, and the canary more', () => {
  const incident = { ...world, stable: { errors: 0.35 }, canary: { errors: 0.9 } };
  const quiet = follow(live(world), 60, { rules });
  const during = follow(live({ ...incident, seed: 2 }), 60, { ...quiet, rules, from: START + MINUTE });

  it('holds, and tells a person what stable does', () => {
    expect(during.verdict.kind).toBe('inconclusive');
    expect(during.pages[0]).toMatch(
      /stable fails too: [\d,]+ of [\d,]+ \(3\d\.\d+ %\) requests in the last minute$/,
    );
  });

  it('rolls back by the comparison, which asks whether the canary is worse', () => {
    const before = follow(live({ ...world, visitors: 20_000 }), 60);
    const judged = follow(live({ ...incident, visitors: 20_000, seed: 2 }), 60, {
      ...before,
      from: START + MINUTE,
    });
    expect(judged.verdict).toMatchObject({ kind: 'fail', criterion: 'errors' });
  });

  it('rolls back soon after a raise, where the canary may have harmed what both share', () => {
    const at = { raisedAt: START };
    const judged = follow(live({ ...incident, seed: 2 }), 60, { ...quiet, rules, at, from: START + MINUTE });
    expect(judged.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });

  it('is over with stable: a canary that is well too goes on, one that still fails is rolled back', () => {
    const from = START + 2 * MINUTE;
    const well = follow(live({ ...world, seed: 3 }), 120, { ...during, rules, from });
    expect(well).toMatchObject({ pages: [], verdict: { kind: 'inconclusive' } });
    const still = follow(live({ ...world, canary: { errors: 0.9 }, seed: 3 }), 120, {
      ...during,
      rules,
      from,
    });
    expect(still.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });

  it('is none where stable is as usual, however near its limit', () => {
    const tight = { ...rules, criteria: [{ kind: 'limit', metric: 'errors', limit: 0.1 } as const] };
    const near = { ...world, stable: { errors: 0.08 } };
    const before = follow(live({ ...near, canary: { errors: 0.08 } }), 60, { rules: tight });
    const judged = follow(live({ ...near, canary: { errors: 0.5 }, seed: 2 }), 60, {
      ...before,
      rules: tight,
      from: START + MINUTE,
    });
    expect(judged.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });
});
