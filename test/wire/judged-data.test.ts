import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signOverride } from '../../src/edge/override-token.ts';
import { get, inParallel, NAVIGATION, Visitor, type Answer } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
import { JudgedReader } from '../support/judged.ts';
import { startObjects, type Objects } from '../support/objects.ts';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';
import { cookieOf, drawId, placeOf } from '../support/placed.ts';
import { OVERRIDE_SECRET, type TestWeir } from '../support/weir.ts';

let stable: HttpOrigin;
let canary: HttpOrigin;
let objects: Objects;
let weir: TestWeir;

/** Says its name. `?status=`; `?cached` pretends to come from Cloudflare's cache; `?hang=` waits to be let go. */
function namedOrigin(name: string): Promise<HttpOrigin> {
  return startOrigin((request, response) => {
    const query = new URL(request.url ?? '/', 'http://origin').searchParams;
    if (query.has('cached')) response.setHeader('cf-cache-status', 'HIT');
    response.setHeader('x-page', query.get('page') ?? 'plain');
    const answer = () => response.writeHead(Number(query.get('status') ?? 200)).end(name);
    const who = query.get('hang');
    if (who === null) answer();
    else held.set(who, [...(held.get(who) ?? []), answer]);
  });
}
/** Who waits, by what they sent as `?hang=`. */
const held = new Map<string, (() => void)[]>();

function letGo(who: string): void {
  for (const answer of held.get(who) ?? []) answer();
}

beforeAll(async () => {
  [stable, canary] = await Promise.all([namedOrigin('stable'), namedOrigin('canary')]);
  objects = await startObjects();
  weir = objects.weir;
});
afterAll(async () => {
  await weir.stop();
  await Promise.all([stable.close(), canary.close()]);
});

/** As they are: nothing is asked of stable instead. */
const PLAIN = { failover: false, breaker: null };

async function startRollout(name: string, weight: number, change: object = {}): Promise<JudgedReader> {
  const variants = { stable: { origin: stable.url }, canary: { origin: canary.url } };
  await weir.putKv(`rollout:${name}`, JSON.stringify({ variants, proxy: PLAIN, ...change }));
  await weir.putKv(`weight:${name}`, String(weight));
  return new JudgedReader(objects, name);
}

function readUntil(reader: JudgedReader, what: string, isThere: () => boolean): Promise<boolean> {
  return eventually(what, async () => {
    await reader.read();
    return isThere();
  });
}

/** One visitor's requests, one after the other. */
async function visits(host: string, queries: readonly string[]): Promise<Answer[]> {
  const visitor = new Visitor();
  const answers: Answer[] = [];
  for (const query of queries) answers.push(await visitor.visit(`${weir.url}/?${query}`, { host }));
  return answers;
}

/** A visitor who has been here before, at that place of the split. */
function at(place: number, host: string): Visitor {
  const visitor = new Visitor();
  let id = drawId();
  while (Math.abs(placeOf(id, `${host}@`) - place) > 0.01) id = drawId();
  visitor.cookie = cookieOf(id);
  return visitor;
}

interface Mine {
  requests: number;
  errors: number;
  status4xx: number;
  status3xx: number;
  draws: number;
  failing: number;
}

describe.concurrent("the judge's data", () => {
  it('are what the client counted, by arm, with the lanes as stable, whatever the order of readings', async () => {
    const host = 'counted.example';
    const reader = await startRollout(host, 40);
    const mine = new Map<string, Mine>();
    const all = await inParallel(80, 20, i => {
      const statuses = [200, i % 4 === 0 ? 500 : 200, i % 5 === 0 ? 404 : 302, i % 4 === 0 ? 503 : 304];
      return visits(
        host,
        statuses.map(status => `status=${status}`),
      );
    });
    for (const answers of all) {
      // A 304 has no body to say whose it is; the visitor stays.
      const variant = answers[0]!.text;
      const known = mine.get(variant) ?? {
        requests: 0,
        errors: 0,
        status4xx: 0,
        status3xx: 0,
        draws: 0,
        failing: 0,
      };
      mine.set(variant, known);
      const of = (from: number, to: number): number =>
        answers.filter(({ status }) => status >= from && status < to && status !== 304).length;
      known.requests += answers.length;
      known.errors += of(500, 600);
      known.status4xx += of(400, 500);
      known.status3xx += of(300, 400);
      known.draws += 1;
      known.failing += of(500, 600) > 0 ? 1 : 0;
    }
    expect([...mine.keys()].sort()).toEqual(['canary', 'stable']);
    await readUntil(
      reader,
      'every request',
      () => reader.arm('stable').requests + reader.arm('canary').requests >= 320,
    );
    for (const [variant, { failing, ...counts }] of mine) {
      const { firsts, visitors, started, latencies, ...arm } = reader.arm(variant);
      expect(arm).toEqual(counts);
      expect([started, latencies]).toEqual([counts.requests, counts.requests - counts.errors]);
      expect(firsts.errors).toBe(failing);
      expect(visitors).toBeGreaterThan(5);
    }
    const { draws, visitors, ...ofLanes } = reader.lanes();
    expect([draws, visitors]).toEqual([0, 0]);
    expect(reader.arm('stable')).toMatchObject(ofLanes);
  });

  it("have a rule's weights as a coin of its own, and leave out who was sent, forced, cached or not drawn", async () => {
    const host = 'coins.example';
    const reader = await startRollout(host, 0, {
      rules: [
        { name: 'staff', if: { 'header.x-team': 'web' }, serve: 'canary' },
        { name: 'nz', if: { 'header.x-country': 'NZ' }, weights: 100 },
      ],
    });
    const send = (headers: Record<string, string>, query = '') =>
      get(`${weir.url}/${query}`, { ...NAVIGATION, host, ...headers });
    const expiry = Math.floor(Date.now() / 1000) + 600;
    const cookie = `weir-override=${await signOverride(OVERRIDE_SECRET, host, 'canary', expiry)}`;
    for (let i = 0; i < 3; i++) {
      await send({ 'x-team': 'web' });
      await send({ 'x-country': 'NZ' });
      await send({ 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
      await send({ 'sec-purpose': 'prefetch' });
      await send({}, '?cached');
      expect((await send({ cookie })).text).toBe('canary');
    }
    await send({});
    await readUntil(reader, 'the last request', () => reader.arm('stable').requests === 1);
    expect(reader.coins).toEqual(['rule:nz', 'serve:staff', 'split']);
    expect(reader.arm('canary', 'rule:nz')).toMatchObject({ started: 3, requests: 3, draws: 0 });
    expect(reader.arm('canary', 'serve:staff')).toMatchObject({ started: 3, requests: 3, draws: 0 });
    expect(reader.arm('stable')).toMatchObject({ started: 4, requests: 1, draws: 4 });
    expect(reader.arm('canary')).toMatchObject({ started: 0, requests: 0 });
    expect(reader.strata.find(({ coin }) => coin === 'rule:nz')?.weights).toEqual({
      stable: 0,
      canary: 100_000,
    });
  });

  it('show a canary that hangs some seconds after it was asked, and count what ends then once', async () => {
    const host = 'hung.example';
    const reader = await startRollout(host, 100);
    const hanging = inParallel(3, 3, () => visits(host, ['hang=canary']));
    await eventually('three requests at the canary', () => held.get('canary')?.length === 3);
    const start = performance.now();
    let others = 0;
    await readUntil(reader, 'three that hang', () => {
      // Traffic goes on, and brings what is known to the hub.
      if (performance.now() - start > others * 500) {
        others++;
        void visits(host, ['']);
      }
      const { latencies, requests } = reader.arm('canary');
      return latencies - requests === 3;
    });
    console.log(`three open requests were known after ${Math.round(performance.now() - start)} ms`);
    letGo('canary');
    await hanging;
    await readUntil(reader, 'all of them', () => reader.arm('canary').requests === others + 3);
    expect(reader.arm('canary')).toMatchObject({ started: others + 3, latencies: others + 3, errors: 0 });
  });

  it('count what the breaker kept from the canary, and leave the second attempts out', async () => {
    const host = 'broken.example';
    const proxy = { breaker: { consecutiveErrors: 3, cooldown: '1h' } };
    const reader = await startRollout(host, 100, { proxy });
    for (let i = 0; i < 8; i++) expect((await visits(host, ['status=500']))[0]!.text).toBe('stable');
    await readUntil(reader, 'eight requests', () => reader.arm('canary').requests === 8);
    // Three failed; whom it kept away after that did not.
    expect(reader.arm('canary')).toMatchObject({
      started: 8,
      errors: 8,
      latencies: 0,
      firsts: { errors: 3 },
    });
    expect(reader.arm('stable')).toMatchObject({ started: 0, requests: 0 });
  });

  it('simulate the breaker for stable, whose visitors notice nothing of it', async () => {
    const host = 'simulated.example';
    const proxy = { breaker: { consecutiveErrors: 3, cooldown: '1h' } };
    const reader = await startRollout(host, 0, { proxy });
    await visits(host, ['status=500', 'status=500', 'status=500']);
    const answers = await visits(host, ['', '', '']);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await readUntil(reader, 'six requests', () => reader.arm('stable').requests === 6);
    expect(reader.arm('stable')).toMatchObject({
      errors: 6,
      latencies: 0,
      firsts: { errors: 1, diverted: 1 },
    });
    expect(sum(await scrape(weir), 'weir_errors_total', { rollout: host })).toBe(3);
  });

  it('simulate it on as few visitors as a candidate has: no success of all others stands between failures', async () => {
    const host = 'strands.example';
    const proxy = { breaker: { consecutiveErrors: 3, cooldown: '1h' } };
    const reader = await startRollout(host, 5, { proxy });
    const [unlucky, other] = [at(0.5, host), at(0.8, host)];
    for (let i = 0; i < 3; i++) {
      await unlucky.visit(`${weir.url}/?status=500`, { host });
      await other.visit(weir.url, { host });
    }
    expect((await unlucky.visit(weir.url, { host })).status).toBe(200);
    await other.visit(weir.url, { host });
    await readUntil(reader, 'eight requests', () => reader.arm('stable').requests === 8);
    expect(reader.arm('stable')).toMatchObject({ errors: 4, firsts: { errors: 1 } });
  });

  it('judge stable by the time that a candidate has for its answer', async () => {
    const host = 'patient.example';
    const reader = await startRollout(host, 0, { proxy: { failoverAfter: '100ms' } });
    const answer = get(`${weir.url}/?hang=stable`, { ...NAVIGATION, host });
    await eventually('a request at stable', () => held.has('stable'));
    const start = performance.now();
    await eventually('too late for a candidate', () => performance.now() - start > 110);
    letGo('stable');
    const { status } = await answer;
    expect(status).toBe(200);
    await readUntil(reader, 'one request', () => reader.arm('stable').requests === 1);
    expect(reader.arm('stable')).toMatchObject({ errors: 1, latencies: 1 });
    expect(sum(await scrape(weir), 'weir_errors_total', { rollout: host })).toBe(0);
  });

  it("take a rehearsed failure for the canary's own", async () => {
    const host = 'rehearsed.example';
    const faults = [{ variant: 'canary', percent: 100, status: 503 }];
    const reader = await startRollout(host, 100, { proxy: { ...PLAIN, faults } });
    expect((await visits(host, ['', ''])).map(({ status }) => status)).toEqual([503, 503]);
    await readUntil(reader, 'two requests', () => reader.arm('canary').requests === 2);
    expect(reader.arm('canary')).toMatchObject({ errors: 2, firsts: { errors: 1 } });
  });

  it('count goals with every request, and once per visitor', async () => {
    const host = 'goals.example';
    const reader = await startRollout(host, 100, {
      goals: {
        purchase: { if: { path: '/', status: '2xx', 'response.header.x-page': 'thanks' } },
        unreached: { if: { path: '/never' } },
      },
    });
    await visits(host, ['page=thanks', 'page=thanks', 'page=thanks&status=500', 'page=cart']);
    await visits(host, ['page=thanks']);
    await readUntil(reader, 'five requests', () => reader.arm('canary').requests === 5);
    expect(reader.arm('canary').firsts).toEqual({ 'goal:purchase': 2, errors: 1 });
    const samples = await scrape(weir);
    const goals = (goal: string) =>
      sum(samples, 'weir_goals_total', { rollout: host, variant: 'canary', goal });
    expect([goals('purchase'), goals('unreached')]).toEqual([3, 0]);
    expect([...samples.keys()].filter(name => name.includes('goal="unreached"'))).toHaveLength(2);
  });
});
