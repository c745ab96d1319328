import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { get, inParallel, NAVIGATION } from '../support/client.ts';
import { layOver, openDashboard, type Dashboard } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

/** Counts how often something that waited for a second has run. */
const COUNT_TICKS = `globalThis.ticks = 0;
  for (const name of ['setTimeout', 'setInterval']) {
    const original = globalThis[name];
    globalThis[name] = (act, ms) => original(ms === 1000 ? () => { ticks++; act(); } : act, ms);
  }`;

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the list of rollouts',
  () => {
    let variants: Variants;
    let weir: TestWeir;
    let browser: Browser;
    let dashboard: Dashboard;

    beforeAll(async () => {
      variants = await startVariants();
      weir = await startTestWeir();
      for (const name of ['a.example', 'b.example', 'c.example']) await put(name);
      await weir.putKv('weight:b.example', '200');
      await eventually('a problem that is known', async () => {
        await get(`${weir.url}/`, { ...NAVIGATION, host: 'b.example' });
        const response = await weir.admin('/api/rollouts/b.example');
        return ((await response.json()) as { problems: unknown[] }).problems.length > 0;
      });
      browser = await startBrowser();
    });
    beforeEach(async () => {
      dashboard = await openDashboard(browser, weir);
      await dashboard.signIn(ADMIN_TOKEN);
    });
    afterEach(async () => {
      await dashboard.close();
      expect(dashboard.complaints).toEqual([]);
    });
    afterAll(async () => {
      await browser.close();
      await weir.stop();
      await variants.close();
    });

    async function put(name: string): Promise<void> {
      const body = variants.document();
      const response = await weir.admin(`/api/rollouts/${name}`, { method: 'PUT', body });
      expect(response.status).toBe(200);
    }

    it('has a row for each, those with a problem first, and each leads to its own page and back', async () => {
      const { page, barriers, isTooWide } = dashboard;
      const names = page.locator('.rollout .name');
      await eventually('three rows', async () => (await names.count()) === 3);
      expect(await names.allInnerTexts()).toEqual(['b.example', 'a.example', 'c.example']);
      expect(await barriers()).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await isTooWide()).toBe(false);
      await page.getByRole('link', { name: 'c.example' }).click();
      await page.waitForURL(`${weir.url}/__weir/#/r/c.example`);
      await page.getByRole('heading', { name: 'c.example' }).waitFor();
      await page.getByRole('link', { name: 'All rollouts' }).click();
      await eventually('three rows', async () => (await names.count()) === 3);
    });

    it('puts those first whose status could not be read, and says so', async () => {
      const { page, barriers } = dashboard;
      await layOver(page, /\/api\/rollouts$/, { unanswered: ['z.example'] });
      const rows = page.locator('.rollout');
      await eventually('four rows', async () => (await rows.count()) === 4);
      expect(await rows.first().innerText()).toMatch(/^z\.example\s+Its status could not be read/);
      expect(await barriers()).toEqual([]);
      expect(await rows.first().getAttribute('href')).toBe('#/r/z.example');
    });

    it('costs no more with every page that one has been to: one clock ticks, once a second', async () => {
      const { page } = dashboard;
      await page.clock.install();
      await page.evaluate(COUNT_TICKS);
      for (let i = 0; i < 5; i++) {
        await page.getByRole('link', { name: 'c.example' }).click();
        await page.getByRole('heading', { name: 'c.example' }).waitFor();
        await page.getByRole('link', { name: 'All rollouts' }).click();
        await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
      }
      await page.clock.pauseAt(await page.evaluate<number>('Date.now() + 2000'));
      await page.evaluate('ticks = 0');
      await page.clock.runFor('00:05');
      expect(await page.evaluate('ticks')).toBe(5);
    });

    it('says how many more there are above a hundred, and opens any by its name', async () => {
      await put('default');
      await inParallel(101, 8, index => put(`z${index}.example`));
      const { page } = dashboard;
      await page.getByText('100 of 105 rollouts are listed.').waitFor({ timeout: 20_000 });
      await page.getByLabel('Host name').fill(' Z99.example ');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${weir.url}/__weir/#/r/z99.example`);
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
    }, 60_000);
  },
);
