/** A rollout that nothing is seen of, that is adopted, or waits; and what receivers are told of one. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';
import { eventually } from '../support/eventually.ts';
import { startFrailWeir, type FrailWeir } from '../support/frail-hub.ts';
import type { Answer } from '../support/origin.ts';
import { hang, signatureOf, startReceiver, type Receiver } from '../support/receiver.ts';
import { Rollout } from '../support/rollouts.ts';
import { events, looks, RPS, servedNext, STAYS, told, underWay } from '../support/watching.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

const KEY = randomBytes(32);

let weir: TestWeir;
let frail: FrailWeir;
const closing: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  const variables = { NOTIFY_SECRET: `whsec_${KEY.toString('base64')}` };
  [weir, frail] = await Promise.all([startTestWeir({ variables }), startFrailWeir(variables)]);
});
afterAll(async () => {
  await Promise.all(closing.map(one => one.close()));
  await Promise.all([weir.stop(), frail.stop()]);
});

async function set(host: string, plan: object = STAYS, on: TestWeir = weir): Promise<Rollout> {
  const rollout = await Rollout.set(on, host, plan);
  closing.push(rollout);
  return rollout;
}

async function receiver(): Promise<Receiver> {
  const opened = await startReceiver();
  closing.push(opened.origin);
  return opened;
}

const json = ({ url }: Receiver) => ({ url, format: 'json' });

const requestsOf = ({ evidence }: DeliveryStatus) =>
  Math.max(0, ...evidence.map(({ observed }) => observed?.stable.requests ?? 0));

const kvWeight = async (host: string) =>
  (await weir.miniflare.getKVNamespace('ROLLOUTS')).get(`weight:${host}`);

describe.concurrent('a rollout', { timeout: 90_000 }, () => {
  it('that is adopted sends nobody to the old version on the way; undone, everybody', async () => {
    const rollout = await set('adopted.example', {
      steps: [
        { weight: 50, hold: '0s' },
        { weight: 100, hold: '0s' },
      ],
    });
    const regulars = await underWay(rollout);
    await rollout.verb('promote', { force: true, reason: 'seen elsewhere' });
    await rollout.phase('completed');
    const lasts = (count: number, name: string) =>
      rollout.until(`${name} alone`, () =>
        regulars.visits.slice(-count).every(({ servedBy }) => servedBy === name),
      );
    await lasts(40, 'canary');
    const from = regulars.visits.length;
    await rollout.verb('adopt');
    await rollout.phase('idle', 60_000);
    await eventually('weight 0', async () => (await kvWeight('adopted.example')) === '0');
    const served = await servedNext(regulars, 40);
    expect(new Set([...regulars.visits.slice(from).map(({ servedBy }) => servedBy), ...served])).toEqual(
      new Set(['canary']),
    );
    expect(await rollout.refused('adopt', { undo: true })).toContain(rollout.stable.url);
    await rollout.verb('adopt', { undo: true, confirmed: true });
    await lasts(40, 'stable');
  });

  it('that was adopted does not go back by a file from before it, unless somebody says so', async () => {
    const rollout = await set('stale.example', {
      steps: [
        { weight: 50, hold: '0s' },
        { weight: 100, hold: '0s' },
      ],
    });
    await underWay(rollout);
    await rollout.verb('promote', { force: true, reason: 'seen elsewhere' });
    await rollout.phase('completed');
    await rollout.verb('adopt');
    await rollout.phase('idle', 60_000);
    const stale = { method: 'PUT', body: rollout.text({}) };
    await expect(rollout.call('', stale)).rejects.toThrow(/409.*before the adopt.*--yes/);
    await expect(rollout.call('?confirmed=perhaps', stale)).rejects.toThrow(/422.*\?confirmed/);
    const put = await rollout.call<{ effects: string[] }>('?confirmed=1', stale);
    expect(put.effects.join()).toContain(`the stable is ${rollout.stable.url} again`);
  });

  it('of which nothing is seen holds where it is, whatever time its steps have', async () => {
    const steps = [
      { weight: 20, hold: '1s' },
      { weight: 40, hold: '1s' },
      // Leaving the last step takes its time alone, no evidence.
      { weight: 100, hold: '1h' },
    ];
    const rollout = await set('quiet.example', { steps });
    const wanted = { phase: 'progressing', waitingFor: 'requests', verdict: { kind: 'inconclusive' } };
    await rollout.verb('start');
    await rollout.until(
      'step one',
      ({ verdict, waitingFor }) => verdict !== null && waitingFor === 'requests',
    );
    for (const status of await looks(rollout, 4))
      expect(status).toMatchObject({ ...wanted, run: { step: 0, weight: 20 } });
    // The same once visitors have come and gone again; what they have shown may be enough for a step.
    const regulars = rollout.visitors(RPS);
    await rollout.until('figures', status => requestsOf(status) > 20);
    await regulars.leave();
    await eventually(
      'the last of them, counted',
      async () => {
        const counts = (await looks(rollout, 3)).map(requestsOf);
        return new Set(counts).size === 1;
      },
      25_000,
    );
    const { run } = await rollout.delivery();
    for (const status of await looks(rollout, 3))
      expect(status).toMatchObject({ phase: 'progressing', run: { step: run!.step, weight: run!.weight } });
  });

  it('is looked at while its gate thinks', async () => {
    const gate = await receiver();
    gate.answer = hang;
    const rollout = await set('gate.example', { ...STAYS, gates: [{ before: 'start', url: gate.url }] });
    await rollout.verb('start');
    await eventually('the question', () => gate.deliveries.length === 1);
    for (const status of await looks(rollout, 3)) {
      expect(status).toMatchObject({ run: { step: -1 }, waitingFor: `gate:${new URL(gate.url).host}` });
      expect(status.advice).toContain('has not answered yet');
    }
  });

  it('that the judge is blind to holds, says so, and sees again', async () => {
    const watcher = await receiver();
    const rollout = await set('blind.example', { ...STAYS, notify: [json(watcher)] }, frail);
    const regulars = await underWay(rollout);
    // Of one of them nothing was ever seen: it is not begun with.
    const never = await set('never.example', STAYS, frail);
    await frail.hub('throws');
    await never.verb('start');
    const isBlind = ({ waitingFor }: { waitingFor: string | null }) => waitingFor === 'blind';
    expect(await rollout.until('blind', isBlind, 40_000)).toMatchObject({
      phase: 'progressing',
      run: { step: 0, weight: 20 },
      verdict: { kind: 'blind' },
    });
    expect(await never.until('blind, too', isBlind)).toMatchObject({
      phase: 'progressing',
      run: { step: -1, weight: 0 },
    });
    await eventually('the notification', () => events(watcher).includes('blind'));
    await frail.hub('ok');
    await rollout.until('sight', status => !isBlind(status));
    await never.until('its first step', ({ run }) => run?.step === 0);
    expect(regulars.visits.every(({ status }) => status === 200)).toBe(true);
    expect(events(watcher).filter(event => event === 'blind')).toHaveLength(1);
  });

  it('tells a receiver of everything it does, with the figures, whatever becomes of another', async () => {
    const [watcher, hung] = [await receiver(), await receiver()];
    hung.answer = hang;
    const rollout = await set('told.example', { ...STAYS, notify: [json(hung), json(watcher)] });
    await underWay(rollout);
    await rollout.until('figures', ({ evidence }) =>
      evidence.some(({ observed }) => (observed?.canary.requests ?? 0) > 10),
    );
    rollout.canary.answer = failing;
    await rollout.phase('rolled-back');
    await eventually('the news', () => events(watcher).includes('rolled-back'));
    expect(events(watcher)).toEqual(['started', 'step', 'rolled-back']);
    expect(hung.deliveries.length).toBeGreaterThan(0);
    for (const delivery of watcher.deliveries) expect(delivery.signature).toBe(signatureOf(delivery, KEY));
    expect(new Set(watcher.deliveries.map(({ id }) => id)).size).toBe(3);
    const last = told(watcher)[2]!;
    expect(last).toMatchObject({
      step: 1,
      verdict: { kind: 'fail', criterion: expect.any(String) as string },
    });
    const behind = last.evidence.find(({ criterion }) => criterion === last.verdict?.criterion);
    const arm = { count: expect.any(Number) as number, requests: expect.any(Number) as number };
    expect(behind).toMatchObject({
      direction: 'rollback',
      canary: arm,
      stable: arm,
      margin: expect.any(String) as string,
      log10EValue: expect.any(Number) as number,
    });
    // Who reads the audit log reads the same.
    const event = (await rollout.events()).find(({ action }) => action === 'rollback');
    expect(event?.detail).toBe(last.text.replace('rolled back: ', ''));
    expect(event?.detail).toMatch(/canary.*stable.*requests.*e-value/s);
  });
});

const failing: Answer = (_, response) => response.writeHead(500, { 'x-served-by': 'canary' }).end();
