import { describe, expect, it } from 'vitest';
import { forecast, type MeasuredTraffic } from '../../src/core/delivery/forecast.ts';
import { documentText, rolloutOf } from '../support/documents.ts';

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
    expect(forecastOf({}).sentences.join('\n')).not.toContain('holdback');
    expect(forecastOf({ holdback: 0 }).sentences.join('\n')).toContain('With holdback 0');
  });
});
