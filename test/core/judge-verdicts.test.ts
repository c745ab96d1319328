import { describe, expect, it } from 'vitest';
import type { Interval } from '../../src/core/analysis/interval.ts';
import { judge } from '../../src/core/analysis/judge.ts';
import { START, follow, live, moment, settings, withStratum, type World } from '../support/judging.ts';

const good = { errors: 0.01 };
const world: World = { requestsPerSecond: 50, weight: 10, stable: good, canary: good };
const TEN_MINUTES = 600_000;

describe('the verdict is blind', () => {
  const judged = follow(live(world), 20);
  const later = (ms: number, patch = {}) =>
    judge(judged.state, null, settings, { ...moment, now: START + 20_000 + ms, ...patch }).verdict;

  it('when the metrics could not be read for 15 s, not before', () => {
    const unreadableSince = START + 20_000;
    expect(later(14_000, { unreadableSince }).kind).toBe('inconclusive');
    expect(later(15_000, { unreadableSince })).toEqual({
      kind: 'blind',
      text: 'the metrics could not be read for 15 s',
    });
  });

  it('when both variants are silent where fifty requests were to be expected', () => {
    expect(later(14_000).kind).toBe('inconclusive');
    expect(later(16_000).kind).toBe('blind');
    const quiet = follow(live({ ...world, requestsPerSecond: 1 }), 60);
    const after = (seconds: number) =>
      judge(quiet.state, null, settings, { ...moment, now: START + 60_000 + seconds * 1000 }).verdict.kind;
    expect(after(40)).toBe('inconclusive');
    expect(after(60)).toBe('blind');
  });

  it('when more than one outcome in a hundred of the last minute was lost, until it is over', () => {
    const next = live(world);
    const losing = (lost: number) => (from: number, to: number) => ({ ...next(from, to), lost });
    expect(follow(losing(0), 10, { until: 'blind' }).verdict.kind).toBe('inconclusive');
    const blind = follow(losing(2), 10, { until: 'blind' });
    expect(blind.verdict.text).toMatch(/2\.0 % of the last minute's outcomes were lost/);
    const again = follow(losing(0), 70, { ...blind, until: 'fail', from: START + 10_000 });
    expect(again.verdict.kind).not.toBe('blind');
  });
});

describe('the verdict is a mismatch', () => {
  const skewed = (draws: number) => {
    const next = live(world);
    return (from: number, to: number): Interval =>
      withStratum(next(from, to), stratum => ({
        ...stratum,
        arms: {
          canary: { ...stratum.arms.canary!, draws },
          stable: { ...stratum.arms.stable!, draws: 90 },
        },
      }));
  };

  it('when new visitors are not drawn as the weights say', () => {
    const { verdict } = follow(skewed(30), 60, { until: 'mismatch' });
    expect(verdict).toMatchObject({ kind: 'mismatch', criterion: 'mismatch' });
    expect(verdict.text).toMatch(
      /^\d+ of [\d,]+ new visitors drawn to canary, [\d.]+ expected by the weights/,
    );
    expect(follow(skewed(10), 60, { until: 'mismatch' }).verdict.kind).not.toBe('mismatch');
  });

  it('only where draws are counted: requests of visitors who come again say nothing of the split', () => {
    const rules = { ...settings, countsDraws: false };
    const judged = follow(skewed(30), 60, { rules, until: 'mismatch' });
    expect(judged.verdict.kind).not.toBe('mismatch');
    expect(judged.evidence.map(({ criterion }) => criterion)).not.toContain('absence');
  });
});

describe('a limit that stable breaks too', () => {
  const incident = { ...world, stable: { errors: 0.9 }, canary: { errors: 0.9 } };
  const rules = { ...settings, criteria: settings.criteria.slice(3) };

  it('holds, and asks for a person', () => {
    const judged = follow(live(incident), 30, { rules });
    expect(judged.verdict.kind).toBe('inconclusive');
    expect(judged.pages).toEqual([
      expect.stringMatching(
        /^both over limit, canary and stable: failures on canary: .* on stable .*; limit 50 %/,
      ),
    ]);
  });

  it.each([
    ['rolls back within ten minutes of a raise', 'auto', START, 'fail'],
    ['holds once that is longer ago', 'auto', START - TEN_MINUTES, 'inconclusive'],
    ['rolls back whenever the plan says so', 'rollback', START - TEN_MINUTES, 'fail'],
    ['holds whenever the plan says so', 'hold', START, 'inconclusive'],
  ] as const)('%s', (_, onSharedFailure, raisedAt, kind) => {
    const { verdict } = follow(live(incident), 20, {
      rules: { ...rules, onSharedFailure },
      at: { raisedAt },
    });
    expect(verdict.kind).toBe(kind);
  });

  it('is forgotten when both are well again', () => {
    const during = follow(live(incident), 20, { rules });
    const after = follow(live({ ...world, seed: 2 }), 60, { ...during, rules, from: START + 20_000 });
    expect(after).toMatchObject({ pages: [], verdict: { kind: 'inconclusive' } });
    const worse = follow(live({ ...world, canary: { errors: 1 }, seed: 3 }), 20, {
      ...after,
      rules,
      from: START + 80_000,
    });
    expect(worse.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });
});

describe('the built-in A/A test', () => {
  it('takes automatic rollback from a criterion that differs between visitors of stable alone', () => {
    const next = live(world);
    const broken = (from: number, to: number): Interval =>
      withStratum(next(from, to), stratum => {
        const lanes = stratum.lanes.map((lane, i) =>
          i === 0 ? { ...lane, firsts: { errors: [3, 3] as const } } : { ...lane, firsts: {} },
        );
        return {
          ...stratum,
          arms: {
            canary: { ...stratum.arms.canary!, firsts: {} },
            stable: { ...stratum.arms.stable!, firsts: { errors: [3, 3] } },
          },
          lanes,
        };
      });
    const distrusted = follow(broken, 60);
    expect(distrusted.distrust).toMatch(/A\/A test found a difference in errors between visitors of stable/);
    const dead = live({ ...world, visitors: 5000, canary: { errors: 1 } });
    const rules = { ...settings, criteria: settings.criteria.slice(0, 3) };
    const judged = follow(dead, 30, { ...distrusted, rules, from: START + 60_000 });
    expect(judged.verdict).toMatchObject({ kind: 'inconclusive', criterion: 'errors' });
    expect(judged.pages[0]).toMatch(/^held for a person: the comparison would roll back/);
    const limited = follow(dead, 30, { ...distrusted, from: START + 60_000 });
    expect(limited.verdict).toMatchObject({ kind: 'fail', criterion: 'errors-limit' });
  });
});

describe('the evidence', () => {
  it('says in one sentence what was counted, what was to be expected, the margin and the e-value', () => {
    const { verdict } = follow(live({ ...world, canary: { errors: 0.3 } }), 60);
    expect(verdict.text).toMatch(
      /^errors: \d+ first failures on canary; [\d.]+ expected had it behaved as stable in the same intervals \(\d+ in all, [\d,]+ requests\); raw: \d+ of \d+ \([\d.]+ %\) requests on canary, \d+ of [\d,]+ \([\d.]+ %\) on stable; margin 1\.1 × stable \+ 0\.01 %; e-value [\d,]+; all criteria together over \d+ s: e-value [\d,]+ of 100$/,
    );
  });

  it('expects of the canary what stable did, coin by coin', () => {
    const [split, rule] = [
      live({ ...world, stable: { errors: 0.1 }, canary: { errors: 0.1 } }),
      live({ ...world, seed: 2, weight: 50, stable: { errors: 0.5 }, canary: { errors: 0.5 } }),
    ];
    const both = (from: number, to: number): Interval => {
      const other = withStratum(rule(from, to), stratum => ({ ...stratum, coin: 'rule:testers' }));
      return { ...split(from, to), strata: [...split(from, to).strata, ...other.strata] };
    };
    const { state } = follow(both, 60);
    const { canary, expected } = state.observed['errors/raw']!;
    expect(canary / expected).toBeGreaterThan(0.85);
    expect(canary / expected).toBeLessThan(1.15);
  });

  it('has one line for the whole comparison, and one for each criterion and limit', () => {
    const { evidence } = follow(live(world), 2);
    expect(evidence.map(({ criterion, direction }) => `${criterion} ${direction}`)).toEqual([
      'all rollback',
      'absence rollback',
      'errors rollback',
      'latency rollback',
      '4xx rollback',
      'errors-limit rollback',
      'mismatch rollback',
      'errors advance',
    ]);
    expect(evidence[0]).toMatchObject({ threshold: -Math.log(0.01), observed: null });
  });
});
