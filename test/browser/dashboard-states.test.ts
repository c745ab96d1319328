import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { Visitor } from '../support/client.ts';
import { openDashboard, type Dashboard, type Opening } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startFrailWeir, type FrailWeir } from '../support/frail-hub.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the dashboard says what to do',
  () => {
    let variants: Variants;
    let browser: Browser;
    let weir: TestWeir | undefined;
    let dashboard: Dashboard | undefined;

    beforeAll(async () => {
      [variants, browser] = await Promise.all([startVariants(), startBrowser()]);
    });
    afterAll(async () => {
      await browser.close();
      await variants.close();
    });
    afterEach(async () => {
      const complaints = dashboard?.complaints ?? [];
      await dashboard?.close();
      await weir?.stop();
      [dashboard, weir] = [undefined, undefined];
      expect(complaints).toEqual([]);
    });

    async function start(variables: Readonly<Record<string, string>> = {}): Promise<TestWeir> {
      weir = await startTestWeir({ variables });
      return weir;
    }
    async function open(opening: Opening = {}, token: string | null = ADMIN_TOKEN): Promise<Dashboard> {
      dashboard = await openDashboard(browser, weir!, opening);
      if (token !== null) await dashboard.signIn(token);
      return dashboard;
    }
    /** Waits until the page says so, then looks for what keeps people out. */
    async function says(...texts: readonly (string | RegExp)[]): Promise<void> {
      const { page, barriers, isTooWide } = dashboard!;
      for (const text of texts) await page.getByText(text).first().waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers()).toEqual([]);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await eventually('a page no wider than a phone', async () => !(await isTooWide()));
    }
    async function visited(running: TestWeir, times = 1): Promise<void> {
      for (let i = 0; i < times; i++) await new Visitor().visit(running.url);
      await eventually('counts', async () => {
        const response = await running.admin('/api/rollouts/default');
        return ((await response.json()) as { lastCounts: string | null }).lastCounts !== null;
      });
    }

    it('with a wrong token: once more, and why', async () => {
      await start();
      const { page, signIn } = await open({ expectsFailures: true }, 'wrong-token');
      await says('Weir does not know this token.');
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await signIn('mit Leerzeichen');
      await page.getByText('A token is 1 to 512 letters').waitFor();
      await signIn(ADMIN_TOKEN);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    });

    it('when the token is taken away meanwhile: once more, and why', async () => {
      const running = await start({ STABLE_ORIGIN: variants.stable.url });
      const { page } = await open({ expectsFailures: true });
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await page.evaluate("sessionStorage.setItem('weir.token', 'taken-away')");
      await page.reload();
      await page.getByText('The token is no longer valid').waitFor();
      expect(running.url).toBe(new URL(page.url()).origin);
    });

    it('while no token is set in the Worker', async () => {
      await start({ ADMIN_TOKEN: '' });
      await open({}, null);
      await says('This surface is off', 'npx wrangler secret put ADMIN_TOKEN');
    });

    it('without a document: the command that puts one, and follows as soon as it is there', async () => {
      const running = await start();
      const { page } = await open();
      await says('There is no document for default', /kv key put --binding ROLLOUTS rollout:default '\{/);
      await running.putKv('rollout:default', variants.document());
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor({ timeout: 15_000 });
    });

    it('with a document that is not valid: where, and that nothing is proxied', async () => {
      const running = await start();
      await running.putKv('rollout:default', '{"variants":{"stable":{"origin":"nowhere"}}}');
      await open({ hash: '#/r/default' });
      await says(
        'What is in KV is not valid',
        '$.variants.stable.origin',
        'There is no document for default',
      );
    });

    it('before the first request: how to send one', async () => {
      const running = await start();
      await running.putKv('rollout:default', variants.document());
      const { page } = await open();
      await says('No request has come yet', `npm run demo:traffic -- --url ${running.url}`);
      await visited(running);
      await page.getByRole('row', { name: 'p95' }).waitFor();
    });

    it('when what is in KV is not valid: key, path, message, and that the last good one holds', async () => {
      const running = await start();
      await running.putKv('rollout:default', variants.document());
      await running.putKv('weight:default', '10');
      await visited(running);
      const { page } = await open();
      await page.getByRole('region', { name: 'Variants' }).waitFor();
      await running.putKv('weight:default', '200');
      await says(
        'What is in KV is not valid',
        'weight:default',
        /from 0 to 100, got 200/,
        /the last good one stays in force/,
      );
      expect(
        await page.getByRole('region', { name: 'Weight', exact: true }).locator('b').innerText(),
      ).toMatch(/^10/);
    });

    it('for a rollout that does not exist', async () => {
      await start({ STABLE_ORIGIN: variants.stable.url });
      await open({ hash: '#/r/nothing.example', expectsFailures: true });
      await says('There is no rollout nothing.example', 'See all rollouts');
    });

    it('when counts stop coming: since when, and what may be the reason', async () => {
      const running = await start();
      await running.putKv('rollout:default', variants.document());
      await visited(running);
      dashboard = await openDashboard(browser, running);
      await dashboard.page.clock.install();
      await dashboard.signIn(ADMIN_TOKEN);
      await dashboard.page.getByRole('region', { name: 'Variants' }).waitFor();
      await dashboard.page.clock.fastForward('04:00');
      await says(
        /Figures are stale: the last counts came 4\smin ago/,
        /No counts for 4\smin/,
        /check the Worker's route/,
      );
    });

    it('nothing, and asks nothing, while its tab is hidden; everything at once when it is seen again', async () => {
      const running = await start();
      await running.putKv('rollout:default', variants.document());
      dashboard = await openDashboard(browser, running);
      const { page } = dashboard;
      await page.clock.install();
      await dashboard.signIn(ADMIN_TOKEN);
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
      const look = (hidden: boolean): Promise<void> =>
        page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'))`);
      await look(true);
      await page.waitForLoadState('networkidle');
      let asked = 0;
      page.on('request', () => asked++);
      for (let minute = 0; minute < 5; minute++) await page.clock.runFor('01:00');
      expect(asked).toBe(0);
      await look(false);
      await eventually('questions', () => asked > 0);
      await page.getByText('Live', { exact: true }).waitFor();
    });

    it('when Weir can not be reached: keeps the figures, greys them, says how old they are, and recovers', async () => {
      const running = await start();
      await running.putKv('rollout:default', variants.document());
      await visited(running, 3);
      const { page } = await open({ expectsFailures: true });
      const p95 = page.getByRole('row', { name: 'p95' }).locator('[data-of="stable"]');
      await p95.waitFor();
      const figure = await p95.innerText();
      const ink = (): Promise<string> =>
        page.evaluate<string>("getComputedStyle(document.querySelector('tbody td')).color");
      const current = await ink();
      await page.context().setOffline(true);
      await page.getByText('These figures are stale').waitFor({ timeout: 20_000 });
      await page.getByText(/What you see is \d+\ss old/).waitFor();
      await eventually('a greyed figure', async () => (await ink()) !== current);
      expect(await p95.innerText()).toBe(figure);
      await eventually('the title', async () => (await page.title()).includes('stale'));
      await page.context().setOffline(false);
      await page.getByText('Live', { exact: true }).waitFor();
    });

    it('while the hub is away: the split goes on, the last figures stay, and what to try', async () => {
      const frail: FrailWeir = await startFrailWeir();
      weir = frail;
      await frail.putKv('rollout:default', variants.document());
      await frail.putKv('weight:default', '25');
      await visited(frail, 5);
      const { page } = await open({ expectsFailures: true });
      const p95 = page.getByRole('row', { name: 'p95' }).locator('[data-of="stable"]');
      await eventually('a figure', async () => /\d/.test(await p95.innerText()));
      const figure = await p95.innerText();
      await frail.hub('throws');
      await says(
        'The metrics hub does not answer',
        /25\s% of visitors get canary\. No figures: the hub does not answer\./,
        /The figures below are \d+\ss old/,
        'Visitors are still split, and weights can still be changed',
      );
      expect(await p95.innerText()).toBe(figure);
      await page.getByRole('button', { name: 'Everyone to stable (0 %)' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Everyone to stable' }).click();
      await page
        .getByText(/Everyone is on stable\. No figures/)
        .first()
        .waitFor();
      await frail.hub('ok');
      await page.getByText('The metrics hub does not answer').waitFor({ state: 'detached' });
    });
  },
);
