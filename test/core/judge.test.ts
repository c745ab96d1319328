import { describe, expect, it } from 'vitest';
import { judge } from '../../src/core/analysis/judge.ts';
import type { Interval } from '../../src/core/analysis/interval.ts';
import type { Moment } from '../../src/core/analysis/settings.ts';
import { START, follow, live, moment, settings, withStratum, type World } from '../support/judging.ts';

const good = { errors: 0.01, notFound: 0.02 };
const world: World = { requestsPerSecond: 100, weight: 5, stable: good, canary: good };

describe('the judge rolls back', () => {
  it.each([
    ['is dead', { errors: 1 }, 'errors', 10],
    ['fails half of its requests', { errors: 0.5 }, 'errors', 10],
    ['answers 404 to all', { errors: 0, notFound: 1 }, '4xx', 10],
    ['is twice as slow', { ...good, ms: 160 }, 'latency', 60],
  ])('a canary that %s', (_, canary, criterion, seconds) => {
    const judged = follow(live({ ...world, canary }), 120);
    expect(judged.verdict).toMatchObject({ kind: 'fail', criterion });
    expect(judged.seconds).toBeLessThanOrEqual(seconds);
  });

  it('a canary that is worse than a failing stable', () => {
    const failing = live({ ...world, stable: { errors: 0.2 }, canary: { errors: 0.8 } });
    const rules = { ...settings, criteria: settings.criteria.slice(0, 1) };
    expect(follow(failing, 120, { rules }).verdict).toMatchObject({ kind: 'fail', criterion: 'errors' });
  });

  it('a dead canary where hardly anybody comes, though a look sees one request', () => {
    const rare = live({ ...world, requestsPerSecond: 2, weight: 20, canary: { errors: 1 } });
    expect(follow(rare, 120).verdict.kind).toBe('fail');
  });

  it('without regard to a split that does not draw as it should, or to outcomes that were lost', () => {
    const dead = live({ ...world, canary: { errors: 1 } });
    const { verdict } = follow((from, to) => ({ ...dead(from, to), lost: 1000 }), 60);
    expect(verdict.kind).toBe('fail');
  });

  it('where a limit of durations is broken, whatever stable does', () => {
    const rules = {
      ...settings,
      criteria: [{ kind: 'latency-limit', quantile: 0.9, limitMs: 100 } as const],
    };
    const slow = live({ ...world, stable: { errors: 0, ms: 40 }, canary: { errors: 0, ms: 200 } });
    const { verdict } = follow(slow, 120, { rules });
    expect(verdict).toMatchObject({ kind: 'fail', criterion: 'latency-limit' });
    expect(verdict.text).toMatch(/requests slower than 100 ms on canary: .* limit 10 %/);
  });

  it('a canary that makes visitors buy less, and one that makes them complain more', () => {
    const selling = (canary: number) => {
      const next = live({ ...world, weight: 50 });
      return (from: number, to: number): Interval =>
        withStratum(next(from, to), stratum => ({
          ...stratum,
          arms: {
            canary: { ...stratum.arms.canary!, firsts: { 'goal:sale': [canary, 0] } },
            stable: { ...stratum.arms.stable!, firsts: { 'goal:sale': [10, 0] } },
          },
        }));
    };
    const goal = { kind: 'goal', goal: 'sale', require: false } as const;
    const buying = { ...settings, criteria: [{ ...goal, ratio: 0.9, direction: 'higher' } as const] };
    const complaining = { ...settings, criteria: [{ ...goal, ratio: 1.1, direction: 'lower' } as const] };
    expect(follow(selling(3), 120, { rules: buying }).verdict.criterion).toBe('goal:sale');
    expect(follow(selling(30), 120, { rules: complaining }).verdict.criterion).toBe('goal:sale');
    expect(follow(selling(10), 60, { rules: buying }).verdict.kind).not.toBe('fail');
    expect(follow(selling(30), 60, { rules: buying }).verdict.kind).not.toBe('fail');
  });
});

describe('the judge does not roll back', () => {
  it('a canary just like stable, and lets it go on', () => {
    const judged = follow(live(world), 600, { until: 'pass', at: { nextWeight: 10 } });
    expect(judged.verdict).toMatchObject({ kind: 'pass' });
    expect(judged).toMatchObject({ waitsFor: null, distrust: null, pages: [] });
    expect(judged.evidence.find(({ direction }) => direction === 'advance')?.isDecided).toBe(true);
  });

  it('for a rule that sends other people with other failures: a coin is compared with itself only', () => {
    const [split, rule] = [
      live(world),
      live({ ...world, seed: 2, weight: 50, stable: { errors: 0.5 }, canary: { errors: 0.5 } }),
    ];
    const both = (from: number, to: number): Interval => ({
      ...split(from, to),
      strata: [
        ...split(from, to).strata,
        ...rule(from, to).strata.map(stratum => ({ ...stratum, coin: 'rule:testers' })),
      ],
    });
    const rules = { ...settings, criteria: settings.criteria.slice(0, 1) };
    expect(follow(both, 120, { rules }).verdict.kind).not.toBe('fail');
  });

  it('for what a rule serves outright, unless a limit is broken', () => {
    const served = live({ ...world, canary: { errors: 1 } });
    const outright = (from: number, to: number) =>
      withStratum(served(from, to), stratum => ({ ...stratum, coin: 'serve:staff' }));
    expect(follow(outright, 60).verdict.criterion).toBe('errors-limit');
    const rules = { ...settings, criteria: settings.criteria.slice(0, 3) };
    expect(follow(outright, 60, { rules }).verdict).toMatchObject({ kind: 'inconclusive' });
  });

  it('for records from before this start', () => {
    const dead = live({ ...world, canary: { errors: 1 } });
    expect(follow(dead, 60, { at: { excluded: ['g5'] } }).verdict.kind).toBe('inconclusive');
  });

  it('for four visitors that break a limit by themselves', () => {
    const few = live({ ...world, visitors: 80, canary: { errors: 1 } });
    const rules = { ...settings, criteria: settings.criteria.slice(3) };
    const judged = follow(few, 60, { rules });
    const limit = judged.evidence.find(({ criterion }) => criterion === 'errors-limit')!;
    expect(limit.logE).toBeGreaterThan(limit.threshold!);
    expect(judged.verdict).toMatchObject({ kind: 'inconclusive' });
  });

  it('for slowness while it warms up after a raise', () => {
    const slow = live({ ...world, canary: { ...good, ms: 400 } });
    const rules = { ...settings, warmupMs: 60_000 };
    const judged = follow(slow, 60, { rules, at: { raisedAt: START } });
    expect(judged.verdict.kind).toBe('inconclusive');
    const later = follow(slow, 60, { rules, at: { raisedAt: START }, ...judged, from: START + 60_000 });
    expect(later.verdict).toMatchObject({ kind: 'fail', criterion: 'latency' });
  });

  it('at once for a hiccup of ten seconds, where steadiness is asked for', () => {
    const [dead, well] = [live({ ...world, canary: { errors: 1 } }), live(world)];
    const hiccup = (from: number, to: number) =>
      from >= START + 20_000 && from < START + 30_000 ? dead(from, to) : well(from, to);
    expect(follow(hiccup, 60).verdict.kind).toBe('fail');
    expect(
      follow(hiccup, 60, {
        rules: { ...settings, criteria: settings.criteria.slice(0, 1), reaction: 'steady' },
      }).verdict.kind,
    ).not.toBe('fail');
  });
});

describe('the judge waits', () => {
  const nothing = (from: number, to: number): Interval => ({ from, to, strata: [], lost: 0 });
  const at = (now: number, patch: Partial<Moment> = {}): Moment => ({ ...moment, now, ...patch });

  it('without traffic, for as long as it takes', () => {
    const judged = follow(nothing, 1200, { until: 'blind' });
    expect(judged).toMatchObject({ verdict: { kind: 'inconclusive' }, waitsFor: 'requests' });
    expect(judged.progress).toBe('0 of 50 requests on canary in this step');
  });

  it('for so many requests in this step, not in the run', () => {
    const judged = follow(live(world), 600, { until: 'pass', at: { nextWeight: 10 } });
    const raised = at(START + 700_000, { stepSince: START + 690_000 });
    expect(judge(judged.state, null, settings, raised).waitsFor).toBe('requests');
  });

  it('for evidence that the next weight would not cost more than the blast radius', () => {
    const first = follow(live(world), 60);
    expect(first).toMatchObject({
      waitsFor: 'evidence:errors',
      verdict: { kind: 'inconclusive', criterion: 'errors' },
    });
    expect(first.progress).toMatch(
      /^errors: not worse than 1\.25 × stable \+ 0\.4 %, as 25 % needs it: e-value \S+ of 20/,
    );
    const worse = live({ ...world, canary: { ...good, errors: 0.018 } });
    expect(follow(worse, 240, { until: 'pass' }).verdict.kind).not.toBe('pass');
  });

  it('for evidence on latency from a quarter of the traffic on', () => {
    const quarter = { weight: 25, nextWeight: 50 };
    const slower = live({ ...world, weight: 25, canary: { ...good, ms: 100 } });
    const judged = follow(slower, 120, { at: quarter, until: 'pass' });
    expect(
      judged.evidence.filter(({ direction }) => direction === 'advance').map(one => one.criterion),
    ).toEqual(['errors', 'latency']);
  });

  it('for evidence on latency also where every request takes the same time', () => {
    const quarter = { weight: 25, nextWeight: 50 };
    const same = { ...good, exactMs: 30 };
    const judged = follow(live({ ...world, weight: 25, stable: same, canary: same }), 600, {
      at: quarter,
      until: 'pass',
    });
    expect(judged.verdict.kind).toBe('pass');
  });

  it('for nothing more on the last step', () => {
    const judged = follow(live({ ...world, weight: 99 }), 60, {
      at: { weight: 100, nextWeight: null },
      until: 'pass',
    });
    expect(judged.verdict.kind).toBe('pass');
  });

  it('for a few visitors whose failures would look like few: raw shares forbid what first failures allow', () => {
    // One visitor in fifty fails with every request, on the canary only.
    const next = live(world);
    const concentrated = (from: number, to: number) =>
      withStratum(next(from, to), stratum => {
        const canary = stratum.arms.canary!;
        const errors = Math.round(canary.requests * 0.05);
        return { ...stratum, arms: { ...stratum.arms, canary: { ...canary, errors, firsts: {} } } };
      });
    const judged = follow(concentrated, 240, { until: 'pass' });
    expect(judged).toMatchObject({ waitsFor: 'evidence:errors', verdict: { kind: 'inconclusive' } });
    expect(judged.progress).toMatch(/^raw: \d+ of [\d,]+ \(\d.* requests failed on canary/);
  });
});
