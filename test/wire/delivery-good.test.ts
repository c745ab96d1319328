/** A canary that is as good as stable gets everybody, step by step, on evidence, whatever happens to the controller. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportView } from '../../src/core/delivery/report-view.ts';
import { eventually } from '../support/eventually.ts';
import { Rollout } from '../support/rollouts.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const ENOUGH_VISITORS = 1000;

let weir: TestWeir;
const rollouts: Rollout[] = [];
const set = async (...args: [host: string, plan?: object, document?: object]): Promise<Rollout> => {
  const rollout = await Rollout.set(weir, ...args);
  rollouts.push(rollout);
  return rollout;
};

beforeAll(async () => {
  weir = await startTestWeir({ variables: { NOTIFY_SECRET: 'notify-secret-of-the-tests' } });
});
afterAll(async () => {
  await Promise.all(rollouts.map(rollout => rollout.close()));
  await weir.stop();
});

describe.concurrent('a good canary', { timeout: 120_000 }, () => {
  it('walks from 5 to 100, each step held and evidenced, and leaves a report', async () => {
    const rollout = await set('good.example');
    const visitors = rollout.visitors(60, ENOUGH_VISITORS);
    await rollout.verb('start');
    await rollout.phase('completed', 90_000);
    expect(visitors.visits.every(({ status }) => status === 200)).toBe(true);
    expect((await rollout.events()).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['start', 'advance', 'complete']),
    );
    const report = await rollout.call<ReportView>('/reports/1');
    expect(report).toMatchObject({ outcome: 'completed', version: '1', attempt: 1 });
    // The last step keeps 1 % on stable until it is over.
    expect(report.steps.map(({ weight }) => weight)).toEqual([5, 50, 99]);
    for (const { heldSeconds, evidence } of report.steps) {
      expect(heldSeconds).toBeGreaterThanOrEqual(2);
      expect(evidence.map(({ criterion }) => criterion)).toContain('errors');
    }
    // Everybody is on the canary now, and what is put next changes nothing by itself.
    const served = () => visitors.visits.slice(-20).map(({ servedBy }) => servedBy);
    await eventually('the canary alone', () => served().every(name => name === 'canary'));
    const { effects } = await rollout.put(rollout.variants('2'));
    expect(effects.join()).toContain('changed: weight 0 until');
    await eventually('stable alone', () => served().every(name => name === 'stable'));
    expect((await rollout.delivery()).phase).toBe('completed');
  });

  it('waits for an approval and for its gate, and says so', async () => {
    const gate = { status: 503, asked: 0 };
    const server = createServer((_, response) => {
      gate.asked++;
      response.writeHead(gate.status).end('the tests are red');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gate`;
    try {
      const rollout = await set('gated.example', {
        steps: [
          { weight: 10, hold: '1s' },
          { weight: 100, hold: '1s', approval: true },
        ],
        gates: [{ before: 'promotion', url }],
      });
      rollout.visitors(60, ENOUGH_VISITORS);
      await rollout.verb('start');
      await rollout.until('the approval', ({ waitingFor }) => waitingFor === 'approval', 60_000);
      expect((await rollout.delivery()).advice).toContain('weir approve');
      await rollout.verb('approve');
      const held = await rollout.until(
        'the gate',
        ({ waitingFor }) => waitingFor?.startsWith('gate:') === true,
      );
      expect(held.run).toMatchObject({ weight: 10 });
      gate.status = 204;
      await rollout.phase('completed', 60_000);
    } finally {
      server.close();
    }
  });
});
