/**
 * The whole page as people see it, on a desk, at night, on a phone and on a wall. The pictures go to a
 * temporary directory, or to the one that WEIR_SCREENSHOTS names (`npm run screenshots`), and then
 * they show six minutes of traffic instead of a few seconds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../src/core/metrics/series.ts';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { openDashboard, type Dashboard } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startLiveOrigins, startVisitors, type LiveOrigins } from '../support/live-traffic.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

const KEPT_IN = process.env['WEIR_SCREENSHOTS'];
/** How long each weight is held; without pictures to keep, until it can be seen in the charts. */
const STEP_MS = KEPT_IN === undefined ? 0 : 90_000;
const WEIGHTS = KEPT_IN === undefined ? [10, 25] : [1, 5, 10, 25];
/** What one weight may take. */
const PATIENCE_MS = STEP_MS + 30_000;

const PLAN = {
  steps: [
    { weight: 15, hold: '30s' },
    { weight: 25, hold: '5m' },
    { weight: 50, hold: '30m', approval: true },
    { weight: 100, hold: '1h' },
  ],
  // So that a minute of traffic carries the first advance.
  blastRadius: 0.05,
};

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the whole dashboard',
  { timeout: 60_000 },
  () => {
    let origins: LiveOrigins;
    let weir: TestWeir;
    let browser: Browser;
    let goHome: () => Promise<void>;
    let dashboard: Dashboard;
    let directory: string;

    async function isCharted(weight: number): Promise<boolean> {
      const series = (await (await weir.admin('/api/rollouts/default/series?window=15m')).json()) as Series;
      return series.variants['canary']?.weight.includes(weight) === true;
    }

    beforeAll(async () => {
      directory = KEPT_IN ?? mkdtempSync(join(tmpdir(), 'weir-pictures-'));
      origins = await startLiveOrigins();
      origins.stable.setBehaviour({ errorRate: 0.003 });
      origins.canary.setBehaviour({ errorRate: 0.003 });
      weir = await startTestWeir({ variables: { ADMIN_TOKEN: `ada:admin:${ADMIN_TOKEN}` } });
      await weir.putKv('rollout:default', origins.document());
      browser = await startBrowser();
      dashboard = await openDashboard(browser, weir);
      await dashboard.signIn(ADMIN_TOKEN);
      const { page } = dashboard;
      await page.getByRole('region', { name: 'Weight', exact: true }).waitFor();
      goHome = startVisitors(weir.url, 60);
      for (const weight of WEIGHTS) {
        const put = await weir.admin('/api/rollouts/default/weight', { method: 'PUT', body: String(weight) });
        expect(put.status).toBe(200);
        const start = Date.now();
        await eventually(
          `${weight} % in the charts`,
          async () => Date.now() - start >= STEP_MS && (await isCharted(weight)),
          PATIENCE_MS,
        );
      }
      const changes = new RegExp(`^Requests/s\\..* Weight changes:.*10 → 25 by ada`);
      await page.getByRole('img', { name: changes }).waitFor();
    }, PATIENCE_MS * 6);
    afterAll(async () => {
      await goHome();
      await browser.close();
      await weir.stop();
      await origins.close();
      if (KEPT_IN === undefined) rmSync(directory, { recursive: true });
      expect(dashboard.complaints).toEqual([]);
    });

    /** Everything there is to scroll, drawn at its size. */
    async function photograph(name: string): Promise<void> {
      await dashboard.page.screenshot({ path: join(directory, `dashboard-${name}.png`), fullPage: true });
    }
    /** Waits until the charts fill their room at this size. */
    async function resize(page: Page, width: number, height: number): Promise<void> {
      await page.setViewportSize({ width, height });
      await eventually(`charts for ${width} px`, () =>
        page.evaluate<boolean>(`[...document.querySelectorAll('.plot')].every(plot =>
          Math.abs(plot.querySelector('.uplot').clientWidth - plot.clientWidth) < 2)`),
      );
    }

    it.each(['light', 'dark'] as const)('keeps nobody out in %s colours', async colorScheme => {
      await dashboard.page.emulateMedia({ colorScheme });
      await resize(dashboard.page, 1440, 900);
      expect(await dashboard.barriers()).toEqual([]);
      await photograph(colorScheme);
    });

    it('keeps nobody out while a change is confirmed', async () => {
      const { page, barriers } = dashboard;
      await page.emulateMedia({ colorScheme: 'light' });
      await page.getByRole('button', { name: '50 percent' }).click();
      await page.getByRole('button', { name: /^Set 50/ }).click();
      await page.getByRole('dialog').waitFor();
      expect(await barriers()).toEqual([]);
      await page.screenshot({ path: join(directory, 'dashboard-confirm.png') });
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });

    it('is as narrow as a phone: 360 px, and nothing scrolls sideways', async () => {
      const { page, barriers, isTooWide } = dashboard;
      await resize(page, 360, 740);
      expect(await isTooWide()).toBe(false);
      expect(await barriers()).toEqual([]);
      await photograph('360');
    });

    it('uses the room of a wall: on 4K everything is there at once, larger', async () => {
      const { page, isTooWide } = dashboard;
      await resize(page, 3840, 2160);
      const letters = await page.evaluate<string>('getComputedStyle(document.documentElement).fontSize');
      expect(letters).toBe('23.688px');
      const height = await page.evaluate<number>('document.documentElement.scrollHeight');
      expect([await isTooWide(), height]).toEqual([false, 2160]);
    });

    it(
      'keeps nobody out of a rollout under way',
      async () => {
        const { page, barriers } = dashboard;
        const put = await weir.admin('/api/rollouts/default', {
          method: 'PUT',
          body: origins.document({ plan: PLAN }),
        });
        expect(put.status).toBe(200);
        expect((await weir.admin('/api/rollouts/default/start', { method: 'POST' })).status).toBe(200);
        await resize(page, 1440, 900);
        const step = KEPT_IN === undefined ? /^Step 1 of 4/ : /^Step 2 of 4/;
        await page.locator('.answers strong').filter({ hasText: step }).waitFor({ timeout: PATIENCE_MS });
        await page.getByRole('region', { name: 'Evidence' }).waitFor();
        expect(await barriers()).toEqual([]);
        await photograph('rollout');
      },
      PATIENCE_MS * 2,
    );

    it('moves nothing for those who asked for that', async () => {
      const { page } = dashboard;
      await page.emulateMedia({ reducedMotion: 'reduce' });
      // What moved a moment before comes to its end, and nothing moves again.
      const running = 'document.getAnimations().filter(({ playState }) => playState === "running").length';
      // Not waitForFunction: the page's policy forbids what it makes of a string.
      await eventually('rest', async () => (await page.evaluate<number>(running)) === 0);
      expect(await page.evaluate(running)).toBe(0);
    });
  },
);
