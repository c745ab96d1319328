import { describe, expect, it } from 'vitest';
import { audienceOf, type Audience } from '../../src/core/analysis/audience.ts';
import type { Interval } from '../../src/core/analysis/interval.ts';
import { forgivenBuckets } from '../../src/core/analysis/latency-test.ts';
import { ratioOfBuckets } from '../../src/core/analysis/latency-scale.ts';
import { SCORES } from '../../src/core/analysis/members.ts';
import { scaleOf } from '../../src/core/analysis/reference.ts';
import { forecast, type MeasuredTraffic } from '../../src/core/delivery/forecast.ts';
import { documentText, rolloutOf } from '../support/documents.ts';
import { follow, live, settings, START, withStratum } from '../support/judging.ts';

const STEPS = [
  { weight: 1, hold: '5m' },
  { weight: 10, hold: '10m' },
  { weight: 100, hold: '1h' },
];
const BUSY: MeasuredTraffic = {
  seconds: 86_400,
  requestsPerSecond: 200,
  errorRatio: 0.002,
  latency: {
    buckets: [
      [-40, 500],
      [-32, 480],
      [-24, 20],
    ],
    sumMs: 60_000,
  },
  audience: { seconds: 3600, visitors: 1400, isAll: false, spread: null },
};

function forecastOf(change: object, traffic: Partial<MeasuredTraffic> = {}) {
  const { plan, sticky } = rolloutOf(documentText({ plan: { steps: STEPS, ...change } }));
  return forecast(plan!, sticky, { ...BUSY, ...traffic });
}

describe('a forecast', () => {
  it('says for every step how long it takes at least, never less than its hold', () => {
    const { steps, total } = forecastOf({});
    expect(steps.map(({ weight }) => weight)).toEqual([1, 10, 100]);
    for (const { seconds, holdSeconds } of steps) expect(seconds).toBeGreaterThanOrEqual(holdSeconds);
    expect(total).toBe(steps.reduce((sum, { seconds }) => sum + seconds!, 0));
  });

  it('finds ten times the errors sooner than twice as many, and both sooner with more traffic', () => {
    const [first] = forecastOf({}).steps;
    expect(first!.detect.tenfold).toBeLessThan(first!.detect.double!);
    const [quiet] = forecastOf({}, { requestsPerSecond: 20 }).steps;
    expect(first!.detect.tenfold).toBeLessThan(quiet!.detect.tenfold!);
  });

  it('takes no error among few requests for no proof that there are none', () => {
    const [first] = forecastOf({}, { errorRatio: 0, seconds: 60 }).steps;
    expect(first!.detect.tenfold).toBeGreaterThan(0);
  });

  it('says which step cannot finish, and where to begin instead', () => {
    const { total, sentences } = forecastOf({}, { requestsPerSecond: 0.8 });
    expect(sentences[0]).toMatch(
      /^Step 1 cannot finish within maxHold, 6 h, at 0\.8 requests\/s: it needs about .*; begin at \d+\.$/,
    );
    expect(total).toBeGreaterThan(0);
  });

  it('promises nothing without traffic', () => {
    const { total, steps, sentences } = forecastOf({}, { requestsPerSecond: 0 });
    expect([total, steps[0]!.seconds, steps[0]!.detect.tenfold]).toEqual([null, null, null]);
    expect(sentences).toEqual([expect.stringContaining('No traffic') as string]);
  });

  it('names the smallest slowdown that is told, and a holdback of 0', () => {
    expect(forecastOf({}).sentences.join('\n')).toContain('more than 1.19 times as slow');
    expect(forecastOf({}).sentences.join('\n')).toContain("assumption that visitors don't differ");
    expect(forecastOf({}).sentences.join('\n')).not.toContain('holdback');
    expect(forecastOf({ holdback: 0 }).sentences.join('\n')).toContain('With holdback 0');
  });
});

describe('a forecast that knows the visitors', () => {
  const HUNDRED: Audience = {
    seconds: 3600,
    visitors: 100,
    isAll: true,
    spread: { lanes: 0.5, requests: 8 },
  };

  it('waits for the visitors whom the judge asks for, and says where to begin instead', () => {
    const { steps, sentences } = forecastOf({}, { audience: HUNDRED });
    // One of a hundred in an hour is on the canary.
    expect(steps[0]).toMatchObject({ by: 'visitors', seconds: 20 * 3600 });
    expect(steps[2]!.by).toBe('hold');
    expect(sentences[0]).toBe(
      'Step 1 cannot finish within maxHold, 6 h, at 200 requests/s: it needs about 20 h (visitors); begin at 5.',
    );
  });

  it('forgives a canary what visitors differ by', () => {
    const text = forecastOf({}, { audience: HUNDRED }).sentences.join('\n');
    const [, percent, ratio] = /differ by ±(\d+) %: at 1 % only a canary more than ([\d.]+) times/.exec(
      text,
    )!;
    expect(Number(percent)).toBeGreaterThan(20);
    expect(Number(ratio)).toBeGreaterThan(1.4);
    expect(text).not.toContain('assum');
  });

  it.each([
    ['nothing was recorded', null, 'it is assumed that each step has 20'],
    ['there are too many to count', { ...HUNDRED, isAll: false, visitors: 1400 }, 'on either variant at 1 %'],
  ])('says what it assumes where %s', (_, audience, text) => {
    const { steps, sentences } = forecastOf({}, { audience });
    expect(steps[0]!.by).not.toBe('visitors');
    expect(sentences.join('\n')).toContain(text);
  });

  it('agrees with the margin of the judge that watches the same visitors', () => {
    const next = live({ requestsPerSecond: 400, weight: 10, stable: { errors: 0 }, canary: { errors: 0 } });
    // Every fourth lane is of visitors who are a fifth slower.
    const intervals: Interval[] = [];
    const uneven = (from: number, to: number): Interval => {
      const interval = withStratum(next(from, to), stratum => ({
        ...stratum,
        lanes: stratum.lanes.map((lane, i) => ({
          ...lane,
          latency: {
            sumMs: 0,
            buckets: lane.latency.buckets.map(([bucket, n]) => [bucket + (i % 4 === 0 ? 2 : 0), n] as const),
          },
        })),
      }));
      intervals.push(interval);
      return interval;
    };
    const { state } = follow(uneven, 300, { at: { weight: 10 } });
    const context = { scale: scaleOf(state, settings)!, spread: state.spread };
    const margins = SCORES.map(score => forgivenBuckets(context, score, 1.1, { canary: 0.1, stable: 0.9 }));
    const audience = audienceOf(intervals)!;
    const plan = { steps: [{ weight: 10, hold: '5h' }, STEPS[2]], maxHold: '6h' };
    const text = forecastOf(plan, { audience, requestsPerSecond: 400 }).sentences.join('\n');
    const said = Number(/more than ([\d.]+) times/.exec(text)![1]);
    const ofJudge = ratioOfBuckets(Math.min(...margins.map(margin => margin ?? Infinity)));
    expect(ofJudge).toBeGreaterThan(1.4);
    expect(Math.abs(said / ofJudge - 1)).toBeLessThan(0.05);
  });
});

describe('an audience', () => {
  it('counts visitors of both variants until there are too many to tell apart', () => {
    const of = (visitors: number) => {
      const next = live({
        requestsPerSecond: 500,
        visitors,
        weight: 10,
        stable: { errors: 0 },
        canary: { errors: 0 },
      });
      return audienceOf(
        Array.from({ length: 10 }, (_, i) => next(START + i * 2000, START + i * 2000 + 2000)),
      );
    };
    expect(of(100)).toMatchObject({ isAll: true, seconds: 20 });
    expect(of(100)!.visitors).toBeGreaterThan(85);
    expect(of(100)!.visitors).toBeLessThan(140);
    expect(of(5000)!.isAll).toBe(false);
    expect(audienceOf([])).toBeNull();
  });
});
