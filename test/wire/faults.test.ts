/** A rehearsed bad canary fails and delays at the declared rates, and its visitors are kept from it as from a real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, inParallel, NAVIGATION } from '../support/client.ts';
import { ask } from '../support/raw-client.ts';
import { figuresOf } from '../support/rollout-figures.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const REQUESTS = 1000;
const FAULTS = [
  { variant: 'canary', percent: 10, status: 503 },
  { variant: 'canary', percent: 20, delay: '1s' },
];

let weir: TestWeir;
let variants: Variants;
beforeAll(async () => {
  [weir, variants] = await Promise.all([startTestWeir(), startVariants()]);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

async function configure(host: string, weight: string, proxy: object): Promise<void> {
  await weir.putKv(`rollout:${host}`, variants.document({ proxy: { breaker: null, ...proxy } }));
  await weir.putKv(`weight:${host}`, weight);
}

function expectShare(count: number, share: number): void {
  const deviation = Math.sqrt(REQUESTS * share * (1 - share));
  expect(Math.abs(count - REQUESTS * share)).toBeLessThan(4 * deviation);
}

async function rehearse(host: string, failover: boolean) {
  await configure(host, '100', { failover, faults: FAULTS });
  const answers = await inParallel(REQUESTS, 50, () => get(weir.url, { ...NAVIGATION, host }));
  return { answers, figures: await figuresOf(weir, host, REQUESTS) };
}

describe('10 % 503 and 20 % a second later on the canary', () => {
  it.each([false, true])(
    'show at those rates in the figures and in what visitors meet, failover: %j',
    async failover => {
      const { answers, figures } = await rehearse(`rates-${failover}.example`, failover);
      const of = (metric: string, labels = {}) => figures.sum(metric, { variant: 'canary', ...labels });
      const failures = of('weir_requests_total', { code: '5xx' });
      const delays = of('weir_faults_total', { kind: 'delay' });
      expectShare(failures, 0.1);
      expectShare(delays, 0.2);
      expect([
        of('weir_requests_total'),
        of('weir_faults_total', { kind: 'status' }),
        of('weir_errors_total', { kind: 'http_5xx' }),
        of('weir_failovers_total', { result: 'ok' }),
      ]).toEqual([REQUESTS, failures, failures, failover ? failures : 0]);
      // Others may be slow for reasons of this machine's own.
      const slow =
        of('weir_request_duration_seconds_count') - of('weir_request_duration_seconds_bucket', { le: '0.5' });
      const slowAnswers = answers.filter(({ ms }) => ms >= 999).length;
      for (const count of [slow, slowAnswers]) {
        expect(count).toBeGreaterThanOrEqual(delays);
        expect(count).toBeLessThan(delays + REQUESTS / 20);
      }
      expect(answers.filter(({ status }) => status === 503)).toHaveLength(failover ? 0 : failures);
      expect(answers.filter(({ text }) => text === 'stable')).toHaveLength(failover ? failures : 0);
    },
  );
});

describe('a fault', () => {
  it('of a status is answered without asking the origin', async () => {
    await configure('status.example', '100', {
      failover: false,
      faults: [{ variant: 'canary', percent: 100, status: 418 }],
    });
    variants.canary.seen.length = 0;
    const answer = await ask(weir.url, { host: 'status.example', method: 'POST', body: 'a=b' });
    expect([answer.status, answer.header('content-type')]).toEqual([418, 'application/problem+json']);
    expect(variants.canary.seen).toEqual([]);
  });

  it('of a delay longer than the timeout is one, and the origin is not asked', async () => {
    await configure('timeout.example', '100', {
      failover: false,
      timeout: '200ms',
      faults: [{ variant: 'canary', percent: 100, delay: '1m' }],
    });
    variants.canary.seen.length = 0;
    expect((await ask(weir.url, { host: 'timeout.example' })).status).toBe(504);
    const figures = await figuresOf(weir, 'timeout.example', 1);
    expect(figures.sum('weir_errors_total', { variant: 'canary', kind: 'timeout' })).toBe(1);
    expect(variants.canary.seen).toEqual([]);
  });

  it('of stable does not befall a second attempt', async () => {
    const faults = ['stable', 'canary'].map(variant => ({ variant, percent: 100, status: 500 }));
    await configure('second.example', '100', { faults });
    expect((await ask(weir.url, { host: 'second.example' })).text).toBe('stable');
    await configure('first.example', '0', { faults });
    expect((await ask(weir.url, { host: 'first.example' })).status).toBe(500);
  });

  it('opens the breaker like a real one', async () => {
    await configure('opens.example', '100', {
      breaker: { consecutiveErrors: 2, cooldown: '1h' },
      failover: false,
      faults: [{ variant: 'canary', percent: 100, status: 500 }],
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(weir.url, { host: 'opens.example' })).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
  });
});
