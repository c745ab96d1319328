/** A rollout while nothing speaks for or against it, while people write into KV, and while its document changes. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFrailWeir, type FrailWeir } from '../support/frail-hub.ts';
import { startOrigin, type Answer } from '../support/origin.ts';
import { hang, signatureOf, startReceiver, type Receiver } from '../support/receiver.ts';
import type { Regulars } from '../support/regulars.ts';
import { Rollout } from '../support/rollouts.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

/** Stays at its first step, at a weight at which few visitors show a lot. */
const STAYS = {
  steps: [
    { weight: 20, hold: '1h' },
    { weight: 100, hold: '1h' },
  ],
};
const RPS = 20;
const KEY = randomBytes(32);
const FREEZE = { until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'to look' };
const OPENED = { 'x-served-by': 'next' };

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

interface Told {
  readonly event: string;
  readonly text: string;
  readonly step: number;
  readonly verdict: { readonly kind: string; readonly criterion: string } | null;
  readonly evidence: readonly Record<string, unknown>[];
}

const told = ({ deliveries }: Receiver): Told[] => deliveries.map(({ body }) => JSON.parse(body) as Told);
const events = (from: Receiver): string[] => told(from).map(({ event }) => event);

/** Who served the last visits, all of which began after this was called. */
function servedNext({ visits }: Regulars, count: number): Promise<string[]> {
  const from = visits.length + RPS;
  return eventually(
    `${count} visits more`,
    () => visits.length >= from + count && visits.slice(from).map(({ servedBy }) => servedBy),
    20_000,
  );
}

const meets = ({ visits }: Regulars, name: string, from = visits.length): Promise<boolean> =>
  eventually(`a visitor of ${name}`, () => visits.slice(from).some(({ servedBy }) => servedBy === name));

/** At step one, with visitors of both variants. */
async function underWay(rollout: Rollout): Promise<Regulars> {
  const regulars = rollout.visitors(RPS);
  await rollout.verb('start');
  await rollout.until('step one', ({ run }) => run?.step === 0);
  await meets(regulars, 'canary');
  return regulars;
}

/** What is seen at each of the next looks. */
async function looks(rollout: Rollout, count: number) {
  const seen = new Map<string, Awaited<ReturnType<Rollout['delivery']>>>();
  await rollout.until(`${count} looks`, status => {
    seen.set(status.lastTick ?? '', status);
    return seen.size > count;
  });
  return [...seen.values()].slice(1);
}

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

  it('of which nothing is seen holds where it is, whatever time its steps have', async () => {
    const steps = [
      { weight: 20, hold: '1s' },
      { weight: 100, hold: '1s' },
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
    await rollout.until('figures', ({ evidence }) =>
      evidence.some(({ observed }) => (observed?.stable.requests ?? 0) > 20),
    );
    await regulars.leave();
    await looks(rollout, 1);
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
    // One of them has never seen anything.
    const never = await set('never.example', STAYS, frail);
    await frail.hub('throws');
    await never.verb('start');
    for (const one of [rollout, never]) {
      const blind = await one.until('blind', ({ waitingFor }) => waitingFor === 'blind', 40_000);
      expect(blind).toMatchObject({
        phase: 'progressing',
        run: { step: 0, weight: 20 },
        verdict: { kind: 'blind' },
      });
    }
    await eventually('the notification', () => events(watcher).includes('blind'));
    await frail.hub('ok');
    await rollout.until('sight', ({ waitingFor }) => waitingFor !== 'blind');
    expect(regulars.visits.every(({ status }) => status === 200)).toBe(true);
    expect(events(watcher).filter(event => event === 'blind')).toHaveLength(1);
  });

  it('obeys a 0 that someone writes by hand, and pauses; resumed, it goes on', async () => {
    const rollout = await set('stopped.example');
    const regulars = await underWay(rollout);
    await rollout.until('a verdict', ({ verdict }) => verdict !== null);
    await weir.putKv('weight:stopped.example', '0');
    const paused = await rollout.phase('paused');
    expect(paused).toMatchObject({
      waitingFor: 'hand-weight',
      caps: { canary: { percent: 0 } },
      advice: expect.stringMatching(/written by hand.*weir resume.*weir rollback/) as string,
    });
    expect(await rollout.events()).toContainEqual(
      expect.objectContaining({
        channel: 'kv',
        action: 'hand-weight',
        detail: expect.stringContaining('canary 0 % written by hand (was canary 20 %)') as string,
      }),
    );
    expect(new Set(await servedNext(regulars, 40))).toEqual(new Set(['stable']));
    expect(await kvWeight('stopped.example')).toBe('0');
    await rollout.until('no verdict on what nobody meets', ({ verdict }) => verdict === null);
    await rollout.verb('resume');
    await eventually('the weight of its step', async () => (await kvWeight('stopped.example')) === '20');
    await meets(regulars, 'canary');
  });

  it('holds a weight that someone raises by hand at its own, pauses, and says so', async () => {
    const watcher = await receiver();
    const rollout = await set('raised.example', { ...STAYS, notify: [json(watcher)] });
    const regulars = await underWay(rollout);
    await weir.putKv('weight:raised.example', '100');
    const paused = await rollout.phase('paused');
    expect(paused).toMatchObject({
      caps: { canary: { percent: 20 } },
      run: { reason: expect.stringContaining('held at 20 %') as string },
    });
    await eventually('the notifications', () => {
      const seen = events(watcher);
      return seen.includes('paused') && seen.includes('weight-without-effect');
    });
    const served = await servedNext(regulars, 100);
    // So many visitors, each once: 20 % within six standard deviations.
    expect(served.filter(name => name === 'canary').length).toBeLessThan(45);
    const { problems } = await rollout.call<{ problems: { message: string }[] }>('');
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('weight 100')]);
  });

  it('starts over from 0 when its candidate changes, and nobody meets the new one before its step', async () => {
    const rollout = await set('changed.example');
    const next = await startOrigin((_, response) => response.writeHead(200, OPENED).end());
    closing.push(next);
    const regulars = await underWay(rollout);
    await rollout.verb('freeze', FREEZE);
    const variants = { stable: { origin: rollout.stable.url }, canary: { origin: next.url, version: '2' } };
    const { effects } = await rollout.put({ variants });
    expect(effects.join()).toContain('restarts at step one, from weight 0');
    const begun = await rollout.until('the freeze', ({ waitingFor }) => waitingFor === 'freeze');
    expect(begun).toMatchObject({ phase: 'progressing', run: { step: -1, version: '2', weight: 0 } });
    expect(new Set(await servedNext(regulars, 60))).toEqual(new Set(['stable']));
    expect(next.seen).toEqual([]);
    await rollout.verb('freeze', { until: null });
    await rollout.until('step one', ({ run }) => run?.step === 0);
    await meets(regulars, 'next');
  });

  it('does so too if weight and document are written by hand, in either order', async () => {
    await Promise.all(
      ['weight first', 'document first'].map(async order => {
        const host = `${order.split(' ')[0]}.example`;
        const rollout = await set(host);
        const next = await startOrigin((_, response) => response.writeHead(200, OPENED).end());
        closing.push(next);
        const regulars = await underWay(rollout);
        await rollout.verb('freeze', FREEZE);
        const variants = { stable: { origin: rollout.stable.url }, canary: { origin: next.url } };
        const puts = [
          () => weir.putKv(`weight:${host}`, '60'),
          () => weir.putKv(`rollout:${host}`, rollout.text({ variants })),
        ];
        for (const put of order === 'weight first' ? puts : puts.toReversed()) {
          await put();
          await servedNext(regulars, 40);
        }
        const paused = await rollout.until(
          'a pause',
          ({ phase, run }) => phase === 'paused' && run?.step === -1,
        );
        expect(paused).toMatchObject({ caps: { canary: { percent: 0 } } });
        expect(new Set(await servedNext(regulars, 60))).toEqual(new Set(['stable']));
        expect(next.seen).toEqual([]);
        await rollout.verb('freeze', { until: null });
        await rollout.verb('resume');
        await rollout.until('step one', ({ run }) => run?.step === 0);
        await meets(regulars, 'next');
      }),
    );
  });

  it('that was rolled back is not tried again by itself, but a new version, or when told so', async () => {
    const rollout = await set('again.example');
    const regulars = await underWay(rollout);
    await rollout.verb('rollback', { reason: 'the shop is slow' });
    expect(await rollout.refused('start')).toMatch(/rolled back: .*the shop is slow.*--version.*--again/);
    await weir.putKv('weight:again.example', '25');
    const [problem] = await eventually('the problem', async () => {
      const { problems } = await rollout.call<{ problems: { message: string }[] }>('');
      return problems.length > 0 && problems;
    });
    expect(problem!.message).toMatch(/^weight 25 has no effect: rolled back .*the shop is slow/);
    expect(new Set(await servedNext(regulars, 60))).toEqual(new Set(['stable']));

    await rollout.verb('freeze', FREEZE);
    await rollout.verb('start', { version: '2' });
    expect(await rollout.until('the freeze', ({ waitingFor }) => waitingFor === 'freeze')).toMatchObject({
      run: { version: '2', attempt: 1, step: -1, weight: 0 },
    });
    expect(new Set(await servedNext(regulars, 60))).toEqual(new Set(['stable']));
    await rollout.verb('freeze', { until: null });
    await rollout.until('step one', ({ run }) => run?.step === 0);
    await meets(regulars, 'canary');

    await rollout.verb('rollback');
    await rollout.verb('start', { again: true });
    await rollout.until('step one', ({ run }) => run?.step === 0);
    expect((await rollout.delivery()).run).toMatchObject({ version: '2', attempt: 2 });
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
