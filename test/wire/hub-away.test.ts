/** What a scrape shows while hubs can't be asked. A counter that steps back would be counted anew by Prometheus. */
import { readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum, type Samples } from '../support/figures.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { evictHub, startTestWeir, type TestWeir } from '../support/weir.ts';

let variants: Variants;
let weir: TestWeir;
let stateDir: string;

beforeAll(async () => {
  variants = await startVariants();
  stateDir = mkdtempSync(join(tmpdir(), 'weir-hub-away-'));
  weir = await startTestWeir({ stateDir });
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
  rmSync(stateDir, { recursive: true });
});

const requestsOf = async (rollout: string): Promise<number> =>
  sum(await scrape(weir), 'weir_requests_total', { rollout });

/** Sends requests until a scrape shows that many, more than the hub told the index with its first batch. */
async function visitUntil(rollout: string, count: number): Promise<void> {
  await weir.putKv(`rollout:${rollout}`, variants.document());
  const visitor = new Visitor();
  await visitor.visit(weir.url, { host: rollout });
  await eventually('the first batch', async () => (await requestsOf(rollout)) === 1);
  for (let sent = 1; sent < count; sent++) await visitor.visit(weir.url, { host: rollout });
  await eventually('all of them', async () => (await requestsOf(rollout)) === count);
}

/** A visitor a rollout, who keep coming. @returns a function that sends them home */
function startTraffic(rollouts: readonly string[]): () => Promise<void> {
  let isOver = false;
  const visits = rollouts.map(async host => {
    const visitor = new Visitor();
    while (!isOver) {
      await visitor.visit(weir.url, { host });
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(visits);
  };
}

/** What each counter showed last, through scrapes that leave it out, too; and which ever fell. */
class Counters {
  readonly falls: string[] = [];
  readonly #last = new Map<string, number>();

  look(samples: Samples): Samples {
    for (const [name, value] of samples) {
      if (!/^weir_\w+_(?:total|bucket|count|sum)\{/.test(name)) continue;
      const last = this.#last.get(name) ?? 0;
      if (value < last) this.falls.push(`${name}: ${last} → ${value}`);
      this.#last.set(name, value);
    }
    return samples;
  }
}

/** Changes a fact on the disk of every hub that has it, as a hub reads it when it comes back to memory. */
function rewriteFact(name: string, change: (value: string) => string): void {
  const folder = join(stateDir, 'v3/do/weir-MetricsHub');
  for (const file of readdirSync(folder).filter(name => /^[0-9a-f]{64}\.sqlite$/.test(name))) {
    const database = new DatabaseSync(join(folder, file));
    const value = database.prepare('SELECT value FROM facts WHERE name = ?').get(name)?.['value'];
    if (typeof value === 'string')
      database.prepare('UPDATE facts SET value = ? WHERE name = ?').run(change(value), name);
    database.close();
  }
}

describe('a hub that does not answer', () => {
  it('is said to be down, its rollout is left out, and the others are shown; its totals come back whole', async () => {
    await visitUntil('broken.example', 5);
    await visitUntil('well.example', 3);
    await evictHub(weir, 'broken.example');
    rewriteFact('hub', value => (value.includes('broken.example') ? `spoilt ${value}` : value));
    const samples = await scrape(weir);
    const isUp = (rollout: string): number => sum(samples, 'weir_hub_up', { rollout });
    expect([isUp('broken.example'), isUp('well.example')]).toEqual([0, 1]);
    expect([...samples.keys()].filter(name => name.includes('broken.example'))).toHaveLength(1);
    expect(sum(samples, 'weir_requests_total', { rollout: 'well.example' })).toBe(3);
    const alone = await (await weir.admin('/metrics?rollout=broken.example')).text();
    expect(alone).toContain('weir_hub_up{rollout="broken.example"} 0');

    rewriteFact('hub', value => value.replace('spoilt ', ''));
    expect(await requestsOf('broken.example')).toBe(5);
    expect(sum(await scrape(weir), 'weir_hub_up', { rollout: 'broken.example' })).toBe(1);
  });
});

describe('the index, when there come to be too many rollouts to ask each hub', () => {
  const BUSY = ['busy-1.example', 'busy-2.example', 'busy-3.example'];

  it('takes over from the hubs under traffic, and no counter ever falls', async () => {
    for (const rollout of BUSY) await weir.putKv(`rollout:${rollout}`, variants.document());
    const goHome = startTraffic(BUSY);
    const counters = new Counters();
    const look = async (): Promise<Samples> => counters.look(await scrape(weir));
    const eachShows = (samples: Samples, more: (rollout: string) => number): boolean =>
      BUSY.every(rollout => sum(samples, 'weir_requests_total', { rollout }) > more(rollout));
    const areHubsAsked = (samples: Samples): boolean => sum(samples, 'weir_hub_up') > 0;
    try {
      await eventually('traffic on each', async () => eachShows(await look(), () => 0));
      // Each controller makes its rollout known to the index.
      for (let i = 0; i < 20; i++) {
        const put = await weir.admin(`/api/rollouts/known-${i}.example`, {
          method: 'PUT',
          body: variants.document(),
        });
        expect(put.status).toBe(200);
        await look();
      }
      expect(areHubsAsked(await look())).toBe(true);
      const first = await eventually(
        'a scrape that asks no hub',
        async () => {
          const samples = await look();
          return !areHubsAsked(samples) && samples;
        },
        60_000,
      );
      const before = (rollout: string): number => sum(first, 'weir_requests_total', { rollout });
      await eventually('what came after', async () => eachShows(await look(), before), 20_000);
    } finally {
      await goHome();
    }
    expect(counters.falls).toEqual([]);
  }, 120_000);
});
