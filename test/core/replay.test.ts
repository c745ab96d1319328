import { describe, expect, it } from 'vitest';
import { parseIntervals } from '../../cli/interval-file.ts';
import type { Interval, JudgedArm, JudgedCounts } from '../../src/core/analysis/interval.ts';
import { LANES } from '../../src/core/analysis/interval.ts';
import { replay } from '../../src/core/delivery/replay.ts';
import { documentText, rolloutOf } from '../support/documents.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const PLAN = {
  steps: [
    { weight: 10, hold: '1m' },
    { weight: 100, hold: '1m' },
  ],
  warmup: '5s',
  minRequests: 50,
};

/** A second of traffic: so many requests, of which so many fail, each of a visitor's first. */
const countsOf = (requests: number, errors: number): JudgedCounts => ({
  started: requests,
  requests,
  errors,
  status4xx: 0,
  status3xx: 0,
  firsts: { errors: [errors, errors] },
  latency: { buckets: [[40, requests - errors]], sumMs: requests * 30 },
});
const armOf = (requests: number, errors: number): JudgedArm => ({
  ...countsOf(requests, errors),
  draws: requests,
  visitors: 'f'.repeat(64),
});

function seconds(count: number, canary: (second: number) => [requests: number, errors: number]): Interval[] {
  return Array.from({ length: count }, (_, second) => ({
    from: START + second * 1000,
    to: START + second * 1000 + 1000,
    lost: 0,
    strata: [
      {
        generation: 'a',
        coin: 'split',
        weights: { stable: 90_000, canary: 10_000 },
        arms: { stable: armOf(160, 0), canary: armOf(...canary(second)) },
        lanes: Array.from({ length: LANES }, () => countsOf(10, 0)),
      },
    ],
  }));
}

function replayed(intervals: readonly Interval[], plan: object = PLAN) {
  const text = documentText({ plan });
  const rollout = rolloutOf(text);
  return replay(rollout, rollout.plan!, text, intervals);
}

describe('a replay', () => {
  it('rolls back a canary that fails, and says by what and when', () => {
    const result = replayed(seconds(60, second => [18, second < 10 ? 0 : 9]));
    expect(result).toMatchObject({ phase: 'rolled-back', verdict: { kind: 'fail' } });
    const end = result.decisions.at(-1)!;
    expect((end.at - START) / 1000).toBeGreaterThan(10);
    expect((end.at - START) / 1000).toBeLessThan(25);
  });

  it('walks a good canary up, approvals given, gates open', () => {
    const plan = {
      ...PLAN,
      steps: [PLAN.steps[0], { ...PLAN.steps[1], approval: 'other' }],
      gates: [{ before: 'step', url: 'https://ci.example/gate' }],
    };
    const result = replayed(
      seconds(600, () => [18, 0]),
      plan,
    );
    expect(result.phase).toBe('completed');
    expect(result.steps.map(({ step }) => step)).toEqual([0, 1]);
  });

  it.each([
    ['a gap of five minutes holds', 300, 'progressing'],
    ['half an hour is too long to be blind', 1800, 'rolled-back'],
  ])('takes silence as it is live: %s', (_, gap, phase) => {
    const intervals = seconds(gap, () => [18, 0]);
    const result = replayed([...intervals.slice(0, 1), ...intervals.slice(-1)]);
    expect([result.phase, result.steps.length]).toEqual([phase, 1]);
  });

  it('judges the plan’s candidate alone: neither another beside it nor what had its name before', () => {
    const text = documentText({
      plan: PLAN,
      variants: {
        stable: { origin: 'https://stable.example' },
        canary: { origin: 'https://canary.example', version: '2' },
        'canary-b': { origin: 'https://b.example' },
      },
    });
    const rollout = rolloutOf(text);
    const hash = rollout.variants[1]!.candidate;
    const recorded = (by: string, canary: [number, number]) =>
      seconds(600, () => canary).map(interval => ({
        ...interval,
        strata: interval.strata.map(stratum => ({
          ...stratum,
          generation: by,
          hashes: { canary: by, 'canary-b': 'bbbbbbbb' },
          arms: { ...stratum.arms, 'canary-b': armOf(18, 18) },
        })),
      }));
    // Version 1 failed, and version 2 does well; canary-b fails all the time.
    const bad = recorded('11111111', [18, 9]);
    const good = recorded(hash, [18, 0]).map(({ from, to, ...rest }) => ({
      ...rest,
      from: from + 600_000,
      to: to + 600_000,
    }));
    const result = replay(rollout, rollout.plan!, text, [...bad, ...good]);
    expect(result.phase).toBe('completed');
    expect(result.candidate).toEqual({ name: 'canary', version: '2', hash });
    expect(result.leftOut).toEqual({ arms: ['canary-b'], hashes: ['11111111'] });
  });

  it('gives the same twice', () => {
    const intervals = seconds(120, second => [18, second % 7 === 0 ? 1 : 0]);
    expect(replayed(intervals)).toEqual(replayed(intervals));
  });
});

describe('recorded intervals', () => {
  const lines = seconds(3, () => [1, 0]).map(interval => JSON.stringify(interval));

  it('are read by line, in order of time', () => {
    const parsed = parseIntervals(`${lines.toReversed().join('\n')}\n\n`);
    expect(parsed.ok && parsed.value.map(({ from }) => from - START)).toEqual([0, 1000, 2000]);
  });

  it.each([
    ['nothing', '', 'no intervals'],
    ['no JSON', `${lines[0]!}\nx`, 'line 2: expected a JSON object'],
    ['another object', '{"from":1}', 'line 1 $.to'],
    [
      'a negative count',
      lines[0]!.replace('"errors":0', '"errors":-1'),
      'line 1 $.strata[0].arms.stable.errors',
    ],
  ])('that are %s are refused with the line', (_, text, message) => {
    const parsed = parseIntervals(text);
    expect(parsed.ok ? '' : parsed.error).toContain(message);
  });
});
