/** The controller's cap on its way to the isolates, while KV goes on saying something else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidateOf } from '../../src/core/rollout/candidate.ts';
import type { Cap } from '../../src/core/rollout/cap.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startObjects, type Objects } from '../support/objects.ts';
import { SECOND_ISOLATE, secondIsolate } from '../support/second-isolate.ts';
import { startFrailWeir, type HubBehaviour } from '../support/frail-hub.ts';
import { startVariants, type Variants } from '../support/variants.ts';

/** What is promised of isolates with traffic (DESIGN.md, section 9). */
const PROMISE_MS = 2000;
/** Two refreshes of the configuration, and the flush after the last visit. */
const IDLE_MS = 3000;
const ALL = { host: { exists: true } };

/** By host: rules of the document and weight in KV, all of which send everyone to the canary. */
const ROLLOUTS = {
  'split.example': { rules: [], weight: 100 },
  'weights.example': { rules: [{ if: ALL, weights: 100 }], weight: 0 },
  'uncapped.example': { rules: [{ if: ALL, weights: 100, uncapped: true }], weight: 0 },
  'serve.example': { rules: [{ if: ALL, serve: 'canary' }], weight: 0 },
} as const;
const PLAN = { steps: [{ weight: 100, hold: '1m' }] };
const HOSTS = Object.keys(ROLLOUTS);

interface Visit {
  readonly host: string;
  readonly isolate: string;
  readonly start: number;
  readonly answer: string;
}

let variants: Variants;
let objects: Objects;
let isolates: string[];

beforeAll(async () => {
  variants = await startVariants();
  objects = await startObjects({}, [secondIsolate()]);
  isolates = [objects.weir.url, (await objects.weir.miniflare.unsafeGetDirectURL(SECOND_ISOLATE)).origin];
  for (const [host, { rules, weight }] of Object.entries(ROLLOUTS)) {
    await objects.weir.putKv(`rollout:${host}`, variants.document({ rules }));
    await objects.weir.putKv(`weight:${host}`, String(weight));
  }
});
afterAll(async () => {
  await objects.weir.stop();
  await variants.close();
});

const visit = async (host: string, isolate: string): Promise<Visit> => {
  const start = performance.now();
  const { status, text } = await new Visitor().visit(isolate, { host });
  return { host, isolate, start, answer: `${status} ${text}` };
};

/** One request after the other, to every host in every isolate. @returns a function that ends it */
function startTraffic(seen: Visit[]): () => Promise<void> {
  let isOver = false;
  const streams = HOSTS.flatMap(host =>
    isolates.map(async isolate => {
      while (!isOver) {
        seen.push(await visit(host, isolate));
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }),
  );
  return async () => {
    isOver = true;
    await Promise.all(streams);
  };
}

const setCap = (host: string, sequence: number, share: number, isBarred: boolean): Promise<void> => {
  const candidate = candidateOf({ origin: variants.canary.url });
  const cap: Cap = { sequence, limits: { canary: { candidate, share, isBarred } } };
  return objects.hub(host, 'setCap', host, cap, false);
};

describe('a rollback', () => {
  it('is obeyed by every isolate with traffic within two seconds, while KV still says 100', async () => {
    const seen: Visit[] = [];
    const stop = startTraffic(seen);
    try {
      const answersOf = (host: string, isolate: string) =>
        seen.filter(visit => visit.host === host && visit.isolate === isolate);
      const everywhere = (holds: (visits: readonly Visit[]) => boolean): boolean =>
        HOSTS.every(host => isolates.every(isolate => holds(answersOf(host, isolate))));
      await eventually('traffic everywhere', () => everywhere(visits => visits.length >= 20));
      expect(new Set(seen.map(({ answer }) => answer))).toEqual(new Set(['200 canary']));

      const from = performance.now();
      await Promise.all(HOSTS.map(host => setCap(host, 5, 0, true)));
      const due = (visits: readonly Visit[]) => visits.filter(({ start }) => start > from + PROMISE_MS);
      await eventually('traffic after that', () => everywhere(visits => due(visits).length >= 20));
      expect(new Set(due(seen).map(({ host, answer }) => `${host} ${answer}`))).toEqual(
        new Set(HOSTS.map(host => `${host} 200 stable`)),
      );
    } finally {
      await stop();
    }
  });

  it('is not undone by an earlier cap that reaches the hub late, but by a later one', async () => {
    const host = 'split.example';
    const answers = () => Promise.all(isolates.map(async isolate => (await visit(host, isolate)).answer));
    await setCap(host, 4, 100_000, false);
    expect(await objects.hub(host, 'orders')).toMatchObject({ cap: { sequence: 5 } });
    await setCap(host, 6, 100_000, false);
    await eventually('the canary', async () => (await answers()).every(answer => answer === '200 canary'));
  });
});

describe('an isolate that nobody has told of a rollback', () => {
  /** Not among those that were asked for anything before. */
  const put = async (host: string, change: object): Promise<void> => {
    await objects.weir.putKv(`rollout:${host}`, variants.document(change));
    await objects.weir.putKv(`weight:${host}`, '100');
  };

  it('asks the hub before its first decision, if the rollout has a plan', async () => {
    const host = 'cold.example';
    await put(host, { plan: PLAN });
    await setCap(host, 1, 0, true);
    const visitor = new Visitor();
    const { text } = await visitor.visit(isolates[1]!, { host });
    // With a cookie: decided, not put off.
    expect([text, visitor.cookie]).toEqual(['stable', expect.any(String)]);
  });

  it('follows KV alone for a weight that was issued for its candidate, and gives any other nothing', async () => {
    const host = 'metadata.example';
    await put(host, {});
    const rollouts = await objects.weir.miniflare.getKVNamespace('ROLLOUTS');
    const issue = (revision: number, candidate: string) =>
      rollouts.put(`weight:${host}`, '100', {
        metadata: { revision, by: 'ada', at: 0, candidates: { canary: candidate } },
      });
    await issue(1, candidateOf({ origin: variants.canary.url, version: 'of last week' }));
    expect((await visit(host, isolates[0]!)).answer).toBe('200 stable');
    await issue(2, candidateOf({ origin: variants.canary.url }));
    await eventually('the canary', async () => (await visit(host, isolates[0]!)).answer === '200 canary');
  });

  it('asks the hub again when it had no visitors for two refreshes', async () => {
    const host = 'idle.example';
    await put(host, { plan: PLAN });
    const answers = () => Promise.all(isolates.map(async isolate => (await visit(host, isolate)).answer));
    expect(new Set(await answers())).toEqual(new Set(['200 canary']));
    const since = performance.now();
    await eventually('an idle spell', () => performance.now() > since + IDLE_MS);
    await setCap(host, 1, 0, true);
    expect(new Set(await answers())).toEqual(new Set(['200 stable']));
  });

  it("follows KV's weight alone while the hub throws or hangs", async () => {
    const weir = await startFrailWeir();
    try {
      for (const behaviour of ['throws', 'hangs'] satisfies HubBehaviour[]) {
        const host = `${behaviour}.example`;
        await weir.hub(behaviour, 'orders');
        await weir.putKv(`rollout:${host}`, variants.document({ plan: PLAN }));
        await weir.putKv(`weight:${host}`, '100');
        const visitor = new Visitor();
        const { text } = await visitor.visit(weir.url, { host });
        expect([text, visitor.cookie]).toEqual(['canary', expect.any(String)]);
      }
    } finally {
      await weir.stop();
    }
  });
});
