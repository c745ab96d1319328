import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { GateQuestion } from '../../src/core/delivery/effect.ts';
import { notificationOf } from '../support/notifications.ts';
import { startOutboxes, type Outboxes } from '../support/notifier-object.ts';
import { closedPort } from '../support/origin.ts';
import { fail, hang, signatureOf, startReceiver, take, type Receiver } from '../support/receiver.ts';

const KEY = randomBytes(32);
const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];
const NOON = Date.UTC(2026, 10, 23, 12);

const QUESTION: GateQuestion = {
  rollout: 'shop.example',
  before: 'step',
  step: 3,
  weight: 25,
  candidate: 'canary',
  version: '2026-11-23.1',
  idempotencyKey: 'shop.example:1:gate:3',
};

let outboxes: Outboxes;
let hung: Receiver;
let hanging: Promise<unknown>;
const receivers: Receiver[] = [];

async function receiverOn(port = 0): Promise<Receiver> {
  const receiver = await startReceiver(port);
  receivers.push(receiver);
  return receiver;
}

beforeAll(async () => {
  outboxes = await startOutboxes({ NOTIFY_SECRET: `whsec_${KEY.toString('base64')}` });
  hung = await startReceiver();
  hung.answer = hang;
  // Asked first and looked at last: its ten seconds pass behind the other tests.
  hanging = outboxes.of('hanging gate').askGate(hung.url, QUESTION, NOON);
});
afterEach(async () => {
  await Promise.all(receivers.splice(0).map(({ origin }) => origin.close()));
});
afterAll(async () => {
  await outboxes.stop();
  await hung.origin.close();
});

const json = (url: string) => ({ url, format: 'json' }) as const;
const named = (id: string) => notificationOf({ id, at: NOON });
const idsOf = ({ deliveries }: Receiver): string[] => deliveries.map(({ id }) => id);

describe('a notification', () => {
  it('reaches every address in its format, signed, and is done with', async () => {
    const [machine, people] = [await receiverOn(), await receiverOn()];
    const outbox = outboxes.of('formats');
    await outbox.enqueue(
      [notificationOf({ id: 'shop.example:1:started', at: NOON })],
      [json(machine.url), { url: people.url, format: 'slack' }],
    );
    expect(await outbox.deliverDue(NOON + 400)).toBe(null);
    expect(JSON.parse(machine.deliveries[0]!.body)).toMatchObject({
      event: 'rolled-back',
      link: 'https://weir.example.com/__weir/#/shop.example',
    });
    expect(JSON.parse(people.deliveries[0]!.body)).toMatchObject({
      blocks: [{ type: 'header' }, {}, {}, {}, {}, {}],
    });
    for (const { deliveries } of [machine, people]) {
      expect(deliveries).toHaveLength(1);
      const delivery = deliveries[0]!;
      expect(delivery).toMatchObject({
        // A dot would blur where the fields of what is signed end.
        id: 'shop_example:1:started',
        timestamp: NOON / 1000,
        contentType: 'application/json',
        signature: signatureOf(delivery, KEY),
      });
    }
  });

  it('is told once, however often it is entered: before, after and between deliveries', async () => {
    const receiver = await receiverOn();
    const outbox = outboxes.of('twice');
    await outbox.enqueue([named('a'), named('a')], [json(receiver.url), json(receiver.url)]);
    await outbox.deliverDue(NOON);
    await outbox.evict();
    await outbox.enqueue([named('a'), named('b')], [json(receiver.url)]);
    expect(await outbox.deliverDue(NOON + SECOND)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a', 'b']);
  });

  it('survives an eviction between being entered and being sent', async () => {
    const receiver = await receiverOn();
    const outbox = outboxes.of('evicted');
    await outbox.enqueue([named('a')], [json(receiver.url)]);
    await outbox.evict();
    expect(await outbox.deliverDue(NOON)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a']);
  });

  it('is sent again, under the same key, when the object dies amid an attempt', async () => {
    const receiver = await receiverOn();
    receiver.answer = hang;
    const outbox = outboxes.of('killed');
    await outbox.enqueue([named('a')], [json(receiver.url)]);
    const dying = outbox.deliverDue(NOON).then(
      () => 'answered',
      () => 'died',
    );
    await eventually('the attempt', () => receiver.deliveries.length === 1);
    await outbox.kill();
    expect(await dying).toBe('died');
    receiver.answer = take;
    expect(await outbox.deliverDue(NOON + 10 * SECOND)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a', 'a']);
  });
});

describe('the outbox', () => {
  /** What happens one after the other; `answers` is how the receiver answers from then on. */
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('enqueue' as const) }),
    fc.record({ kind: fc.constant('crash' as const) }),
    fc.record({
      kind: fc.constant('answers' as const),
      status: fc.constantFrom(200, 204, 408, 429, 500, 503),
    }),
    fc.record({ kind: fc.constant('deliver' as const), afterMs: fc.integer({ min: 0, max: 30 * MINUTE }) }),
  );

  it('delivers everything, once, in order, whatever trouble the receiver has and wherever it crashes', async () => {
    const receiver = await receiverOn();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 25 }), async happenings => {
        const outbox = outboxes.of(`law ${runs++}`);
        const [entered, taken]: string[][] = [[], []];
        let status = 200;
        let now = NOON;
        receiver.answer = (response, { id }) => {
          if (status < 300) taken!.push(id);
          response.writeHead(status).end();
        };
        for (const one of happenings) {
          if (one.kind === 'enqueue') {
            const id = `n${entered!.length}`;
            entered!.push(id);
            await outbox.enqueue([notificationOf({ id, at: now })], [json(receiver.url)]);
          } else if (one.kind === 'crash') await outbox.kill();
          else if (one.kind === 'answers') status = one.status;
          else await outbox.deliverDue((now += one.afterMs));
        }
        status = 200;
        for (let due = await outbox.deliverDue(now); due !== null; due = await outbox.deliverDue(due))
          expect(due).toBeLessThanOrEqual(now + 10 * MINUTE);
        expect(taken).toEqual(entered);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the newest 500', async () => {
    const outbox = outboxes.of('full');
    await outbox.enqueue(
      Array.from({ length: 510 }, (_, i) => named(`n${i}`)),
      [json(await closedPort())],
    );
    expect(await outbox.errors()).toHaveLength(500);
  });
});

describe('a receiver', () => {
  it('that is down gets everything in order once it is up again', async () => {
    const url = await closedPort();
    const outbox = outboxes.of('down');
    await outbox.enqueue([named('a'), named('b')], [json(`${url}/hook`)]);
    expect(await outbox.deliverDue(NOON)).toBe(NOON + 5 * SECOND);
    // What is new does not overtake what waits.
    await outbox.enqueue([named('c')], [json(`${url}/hook`)]);
    expect(await outbox.deliverDue(NOON + SECOND)).toBe(NOON + 5 * SECOND);
    const receiver = await receiverOn(Number(new URL(url).port));
    expect(await outbox.deliverDue(NOON + 5 * SECOND)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a', 'b', 'c']);
    expect(await outbox.errors()).toEqual([null, null, null]);
  });

  it('that answers 500 is asked again ever less often, every 10 minutes in the end, for a day', async () => {
    const receiver = await receiverOn();
    receiver.answer = fail(500, `out of disk\n${'x'.repeat(100_000)}`);
    const outbox = outboxes.of('failing');
    await outbox.enqueue([named('a')], [json(receiver.url)]);
    const waits: number[] = [];
    let now = NOON;
    for (let due = await outbox.deliverDue(now); due !== null; due = await outbox.deliverDue(now)) {
      waits.push((due - now) / SECOND);
      now = due;
    }
    expect(waits.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
    expect(now - NOON).toBeGreaterThan(24 * HOUR);
    expect(now - NOON).toBeLessThan(24 * HOUR + 20 * MINUTE);
    expect(new Set(idsOf(receiver))).toEqual(new Set(['a']));
    const times = receiver.deliveries.map(({ timestamp }) => timestamp);
    expect(times[1]! - times[0]!).toBe(5);
    const [error] = await outbox.errors();
    expect(error).toBe(`500: out of disk ${'x'.repeat(188)}`);
  });

  it.each([
    ['one that is longer than Weir would wait', '90', 90 * SECOND],
    ['a date', new Date(NOON + 2 * MINUTE).toUTCString(), 2 * MINUTE],
    ['a day: an hour at most', '86400', HOUR],
    ['none at all: not at once all the same', '0', 5 * SECOND],
    ['one that is none: Weir’s own', 'soon', 5 * SECOND],
  ])('that says Retry-After is obeyed: %s', async (name, header, wait) => {
    const receiver = await receiverOn();
    receiver.answer = fail(429, '', { 'retry-after': header });
    const outbox = outboxes.of(name);
    await outbox.enqueue([named('a')], [json(receiver.url)]);
    expect(await outbox.deliverDue(NOON)).toBe(NOON + wait);
  });

  it.each([404, 410])('that answers %i is not asked again, and gets the next one', async status => {
    const receiver = await receiverOn();
    receiver.answer = (response, { id }) => response.writeHead(id === 'a' ? status : 204).end();
    const outbox = outboxes.of(`gone ${status}`);
    await outbox.enqueue([named('a'), named('b')], [json(receiver.url)]);
    expect(await outbox.deliverDue(NOON)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a', 'b']);
  });

  it.each([
    ['a bad request', 400, {}],
    ['a redirect, which is not followed', 307, { location: '/elsewhere' }],
  ])('that does not like one of them holds up no other: %s', async (name, status, headers) => {
    const receiver = await receiverOn();
    receiver.answer = (response, { id }) => response.writeHead(id === 'a' ? status : 200, headers).end();
    const outbox = outboxes.of(name);
    await outbox.enqueue([named('a'), named('b')], [json(receiver.url)]);
    expect(await outbox.deliverDue(NOON)).toBe(NOON + 5 * SECOND);
    expect(idsOf(receiver)).toEqual(['a', 'b']);
    receiver.answer = take;
    expect(await outbox.deliverDue(NOON + 5 * SECOND)).toBe(null);
    expect(idsOf(receiver)).toEqual(['a', 'b', 'a']);
    expect(receiver.origin.seen.every(({ path }) => path === '/hook')).toBe(true);
  });

  it('that hangs is left after 5 s, and delays no other', async () => {
    const well = await receiverOn();
    const before = hung.deliveries.length;
    const outbox = outboxes.of('hung');
    await outbox.enqueue([named('a'), named('b')], [json(hung.url), json(well.url)]);
    let isOver = false;
    const round = outbox.deliverDue(NOON).finally(() => (isOver = true));
    await eventually('both at the other', () => well.deliveries.length === 2);
    // What comes to pass meanwhile doesn't wait either.
    await outbox.enqueue([named('c')], [json(hung.url), json(well.url)]);
    const later = outbox.deliverDue(NOON);
    await eventually('the third', () => well.deliveries.length === 3);
    expect(isOver).toBe(false);
    expect(await Promise.all([round, later])).toEqual([NOON + 5 * SECOND, NOON + 5 * SECOND]);
    expect(idsOf(hung).slice(before)).toEqual(['a']);
    expect(await outbox.errors()).toContain('no answer within 5 s');
  });

  it('whose address is a secret that is not set is waited for, and the secret is named', async () => {
    const outbox = outboxes.of('secret');
    await outbox.enqueue([named('a')], [json('$secret:NO_SUCH')]);
    expect(await outbox.deliverDue(NOON)).toBe(NOON + 5 * SECOND);
    expect(await outbox.errors()).toEqual(['$secret:NO_SUCH holds no http or https address']);
  });
});

describe('a gate', () => {
  const ask = (url: string) => outboxes.of('gates').askGate(url, QUESTION, NOON);

  it('is asked with everything it needs, signed, under one key', async () => {
    const gate = await receiverOn();
    expect(await ask(gate.url)).toEqual({ passes: true, answer: '200' });
    const delivery = gate.deliveries[0]!;
    expect(JSON.parse(delivery.body)).toEqual(QUESTION);
    expect(delivery).toMatchObject({
      id: 'shop_example:1:gate:3',
      timestamp: NOON / 1000,
      signature: signatureOf(delivery, KEY),
    });
  });

  it.each([
    ['204', fail(204), true, '204'],
    ['202 with a word', fail(202, 'fine by me'), true, '202: fine by me'],
    ['403', fail(403, '  change freeze\n until Monday'), false, '403: change freeze until Monday'],
    ['a redirect to a page that would pass', fail(302, '', { location: '/ok' }), false, '302'],
    ['a long answer', fail(503, 'é'.repeat(50_000)), false, `503: ${'é'.repeat(200)}`],
    [
      'a broken connection',
      (response => response.destroy()) satisfies Receiver['answer'],
      false,
      /^no answer: /,
    ],
  ])('that answers with %s', async (_, answer, passes, text) => {
    const gate = await receiverOn();
    gate.answer = answer;
    const result = await ask(gate.url);
    expect(result.passes).toBe(passes);
    expect(result.answer).toEqual(text instanceof RegExp ? expect.stringMatching(text) : text);
  });

  it('that is not there holds', async () => {
    expect(await ask(await closedPort())).toMatchObject({ passes: false });
    expect(await ask('$secret:GATE')).toEqual({
      passes: false,
      answer: '$secret:GATE holds no http or https address',
    });
  });

  it('that hangs holds after 10 s', async () => {
    expect(await hanging).toEqual({ passes: false, answer: 'no answer within 10 s' });
  });
});
