/** A canary that hurts people is taken back by itself, and they hardly notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Answer, HttpOrigin } from '../support/origin.ts';
import { good, Rollout } from '../support/rollouts.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

/** Stays at its first step: what ends it is the judge. */
const STAYS = {
  steps: [
    { weight: 5, hold: '1h' },
    { weight: 100, hold: '1h' },
  ],
};
/** As by default. */
const TOLD_OF_SLOWNESS = [{ metric: 'latency', tolerance: { ratio: 1.1 } }];
/** As the promise says. */
const RPS = 100;

let weir: TestWeir;
const rollouts: Rollout[] = [];

beforeAll(async () => {
  weir = await startTestWeir();
});
afterAll(async () => {
  await Promise.all(rollouts.map(rollout => rollout.close()));
  await weir.stop();
});

/** Under way at weight 5 and well, with visitors who come back. */
async function underWay(host: string, plan: object = {}, visitors = 200, rps = 50) {
  const rollout = await Rollout.set(weir, host, { ...STAYS, ...plan });
  rollouts.push(rollout);
  const regulars = rollout.visitors(rps, visitors);
  await rollout.verb('start');
  await rollout.until('figures of the canary', status =>
    status.evidence.some(
      ({ criterion, observed }) => criterion === 'errors' && (observed?.canary.requests ?? 0) > 10,
    ),
  );
  return { rollout, regulars };
}

/** @returns why */
async function rolledBack(rollout: Rollout, timeoutMs: number): Promise<string> {
  const { run } = await rollout.phase('rolled-back', timeoutMs);
  return run?.reason ?? '';
}

const failing =
  (share: number): Answer =>
  (_, response) => {
    const isBad = Math.random() < share;
    response.writeHead(isBad ? 500 : 200, { 'x-served-by': 'canary' }).end();
  };

function goesBad(canary: HttpOrigin, answer: Answer): void {
  canary.answer = answer;
}

describe.concurrent('a canary is rolled back', { timeout: 150_000 }, () => {
  it('that fails half of its requests at weight 5, and no page fails', async () => {
    const { rollout, regulars } = await underWay('half.example', {}, 200, RPS);
    goesBad(rollout.canary, failing(0.5));
    const reason = await rolledBack(rollout, 15_000);
    expect(reason).toMatch(/errors/);
    expect(regulars.visits.filter(({ status }) => status !== 200)).toEqual([]);
    // Whoever reads the log knows what happened: criterion, both figures, n, margin, e-value.
    const event = (await rollout.events()).find(({ action }) => action === 'rollback');
    expect(event?.detail).toMatch(/canary.*stable.*requests.*e-value/s);
    const served = () => regulars.visits.slice(-50).map(({ servedBy }) => servedBy);
    await eventually('stable alone', () => served().every(name => name === 'stable'));
  });

  it('that is dead, within ten seconds, and no page fails', async () => {
    const { rollout, regulars } = await underWay('dead.example', {}, 200, RPS);
    await rollout.canary.close();
    await rolledBack(rollout, 12_000);
    expect(regulars.visits.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('that hangs, and every page is served within six seconds', async () => {
    const { rollout, regulars } = await underWay('hangs.example');
    goesBad(rollout.canary, () => undefined);
    await rolledBack(rollout, 30_000);
    expect(Math.max(...regulars.visits.map(({ ms }) => ms))).toBeLessThan(7000);
    expect(regulars.visits.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it('that answers 404 to all', async () => {
    const { rollout } = await underWay('404.example', {}, 1000);
    goesBad(rollout.canary, (_, response) => response.writeHead(404).end());
    expect(await rolledBack(rollout, 30_000)).toMatch(/4xx/);
  });

  it('that is twice as slow, as was said to be told beforehand', async () => {
    const steps = [
      { weight: 30, hold: '1h' },
      { weight: 100, hold: '1h' },
    ];
    const rollout = await Rollout.set(weir, 'slow.example', { steps, criteria: TOLD_OF_SLOWNESS });
    rollouts.push(rollout);
    rollout.stable.answer = good('stable', '1', 60);
    rollout.canary.answer = good('canary', '1', 60);
    rollout.visitors(80, 400);
    await rollout.verb('start');
    await rollout.until(
      'the thresholds',
      ({ evidence }) =>
        evidence.some(
          ({ criterion, observed }) => criterion === 'latency' && (observed?.canary.requests ?? 0) > 100,
        ),
      60_000,
    );
    goesBad(rollout.canary, good('canary', '1', 120));
    expect(await rolledBack(rollout, 90_000)).toMatch(/latency/);
  });

  it('that is worse than a failing stable; one that is as bad as stable is held', async () => {
    const [worse, equal] = await Promise.all([
      underWay('worse.example', {}, 1000),
      underWay('equal.example', {}, 1000),
    ]);
    for (const { rollout } of [worse, equal]) goesBad(rollout.stable, failing(0.1));
    goesBad(equal.rollout.canary, failing(0.1));
    goesBad(worse.rollout.canary, failing(0.8));
    expect(await rolledBack(worse.rollout, 30_000)).toMatch(/errors/);
    expect((await equal.rollout.delivery()).phase).toBe('progressing');
  });

  it('also while it is paused, waits for approval or is frozen', async () => {
    const approval = {
      steps: [
        { weight: 5, hold: '1h' },
        { weight: 100, hold: '1h', approval: true },
      ],
    };
    const { rollout } = await underWay('held.example', approval);
    await rollout.verb('freeze', {
      until: new Date(Date.now() + 3_600_000).toISOString(),
      reason: 'the sale',
    });
    await rollout.verb('pause');
    goesBad(rollout.canary, failing(1));
    // What is paused is looked at every ten seconds.
    expect(await rolledBack(rollout, 90_000)).toMatch(/errors/);
  });
});
