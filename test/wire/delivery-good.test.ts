/** A canary that is as good as stable gets everybody, step by step, on evidence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rollout } from '../support/rollouts.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let weir: TestWeir;
const rollouts: Rollout[] = [];
const set = async (...args: [host: string, plan?: object, document?: object]): Promise<Rollout> => {
  const rollout = await Rollout.set(weir, ...args);
  rollouts.push(rollout);
  return rollout;
};

beforeAll(async () => {
  weir = await startTestWeir();
});
afterAll(async () => {
  await Promise.all(rollouts.map(rollout => rollout.close()));
  await weir.stop();
});

describe.concurrent('a good canary', () => {
  it('walks from 1 to 100, each step held and evidenced, and completes', { timeout: 90_000 }, async () => {
    const rollout = await set('good.example');
    const visitors = rollout.visitors(60);
    await rollout.verb('start');
    await rollout.phase('completed', 60_000);
    expect(visitors.visits.every(({ status }) => status === 200)).toBe(true);
  });
});
