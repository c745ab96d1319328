/** A rollout while people write into KV by hand, change its document, and start it again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startOrigin } from '../support/origin.ts';
import { startReceiver } from '../support/receiver.ts';
import { Rollout } from '../support/rollouts.ts';
import { events, FREEZE, meets, servedNext, STAYS, underWay } from '../support/watching.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let weir: TestWeir;
const closing: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  weir = await startTestWeir();
});
afterAll(async () => {
  await Promise.all(closing.map(one => one.close()));
  await weir.stop();
});

async function set(host: string, plan: object = STAYS): Promise<Rollout> {
  const rollout = await Rollout.set(weir, host, plan);
  closing.push(rollout);
  return rollout;
}

const kvWeight = async (host: string) =>
  (await weir.miniflare.getKVNamespace('ROLLOUTS')).get(`weight:${host}`);

/** The new candidate names itself, so that nobody takes it for the old one. */
const NEXT = { 'x-served-by': 'next' };

describe.concurrent('a rollout', { timeout: 90_000 }, () => {
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
    const watcher = await startReceiver();
    closing.push(watcher.origin);
    const rollout = await set('raised.example', { ...STAYS, notify: [{ url: watcher.url, format: 'json' }] });
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
    const next = await startOrigin((_, response) => response.writeHead(200, NEXT).end());
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
        const next = await startOrigin((_, response) => response.writeHead(200, NEXT).end());
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
});
