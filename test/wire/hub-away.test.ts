/** What a scrape shows while hubs can't be asked. A counter that steps back would be counted anew by Prometheus. */
import { readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { scrape, sum } from '../support/figures.ts';
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
  it('takes over only after the hubs have pushed what they showed: no counter steps back', async () => {
    await visitUntil('many.example', 5);
    // Each controller makes its rollout known to the index.
    for (let i = 0; i < 20; i++) {
      const put = await weir.admin(`/api/rollouts/known-${i}.example`, {
        method: 'PUT',
        body: variants.document(),
      });
      expect(put.status).toBe(200);
    }
    expect(await requestsOf('many.example')).toBe(5);
    expect(sum(await scrape(weir), 'weir_hub_up', { rollout: 'many.example' })).toBe(1);
  });

  it('shows from then on what the hubs pushed last, without asking them', async () => {
    await evictHub(weir, '_index');
    rewriteFact('crowdedAt', value => String(Number(value) - 60_000));
    await eventually(
      'all of them in the index',
      async () => (await requestsOf('many.example')) === 5,
      15_000,
    );
    expect([...(await scrape(weir)).keys()].filter(name => name.startsWith('weir_hub_up'))).toEqual([]);
  });
});
