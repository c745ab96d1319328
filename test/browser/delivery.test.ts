/** A rollout from start to report, moved by the page's own buttons, under live traffic. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { Visitor } from '../support/client.ts';
import { openDashboard, type Dashboard } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startLiveOrigins, startVisitors, type LiveOrigins } from '../support/live-traffic.ts';
import { OPERATOR_TOKEN, startTestWeir, TEAM, type TestWeir, VIEWER_TOKEN } from '../support/weir.ts';

/** So lenient that seconds of traffic carry an advance. */
const PLAN = {
  steps: [
    { weight: 40, hold: '1s' },
    { weight: 60, hold: '1s', approval: true },
    { weight: 100, hold: '1h', approval: true },
  ],
  criteria: [{ metric: 'errors', tolerance: { ratio: 1.1, absolute: 0.1 } }],
  falsePromotionRate: 0.5,
  blastRadius: 0.4,
  minRequests: 1,
};

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), a rollout that moves itself',
  () => {
    let origins: LiveOrigins;
    let weir: TestWeir;
    let browser: Browser;
    let goHome: () => Promise<void>;
    let dashboard: Dashboard;

    beforeAll(async () => {
      origins = await startLiveOrigins();
      weir = await startTestWeir({
        variables: {
          ...TEAM,
          KV_SETTLE: '0',
        },
      });
      const put = await weir.admin('/api/rollouts/default', {
        method: 'PUT',
        body: origins.document({ plan: PLAN }),
      });
      expect(put.status).toBe(200);
      goHome = startVisitors(weir.url, 80);
      browser = await startBrowser();
      dashboard = await openDashboard(browser, weir, { expectsFailures: true });
      await dashboard.signIn(OPERATOR_TOKEN);
    });
    afterEach(() => expect(dashboard.complaints).toEqual([]));
    afterAll(async () => {
      await goHome();
      await browser.close();
      await weir.stop();
      await origins.close();
    });

    const rollout = () => dashboard.page.getByRole('region', { name: /^Rollout/ });
    const evidence = () => dashboard.page.getByRole('region', { name: 'Evidence' });
    const dialog = () => dashboard.page.getByRole('dialog');
    const button = (name: string) => rollout().getByRole('button', { name: new RegExp(`^${name}`) });
    const answers = (text: string | RegExp) =>
      rollout().locator('dd strong').filter({ hasText: text }).waitFor();

    /** Looked at by day or at night, and on a phone. */
    async function keepsNobodyOut(colorScheme: 'light' | 'dark'): Promise<void> {
      const { page, barriers, isTooWide } = dashboard;
      await page.emulateMedia({ colorScheme });
      expect(await barriers()).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      await eventually('a page no wider than a phone', async () => !(await isTooWide()));
      await page.setViewportSize({ width: 1440, height: 900 });
    }

    it('starts after it has said what will happen', async () => {
      await answers('Not started');
      await button('Start').click();
      await dialog()
        .getByText(/^canary 2026-11-23\.1 gets 40\s% of visitors; then 60, 100\s%/)
        .waitFor();
      await dialog().getByRole('button', { name: 'Start' }).click();
      await dialog().waitFor({ state: 'detached' });
      await answers(/^Step 1 of 3: 40\s%$/);
      await rollout().getByText('progressing', { exact: true }).waitFor();
    });

    it('gathers evidence before the eyes of whoever looks, and asks for an approval when it is in', async () => {
      await answers('Your approval');
      const errors = evidence().getByRole('listitem').filter({ hasText: 'Errors' }).first();
      await errors.getByText('good enough to advance').waitFor();
      expect(await errors.innerText()).toMatch(/e-value .*advances at 2/);
      expect(await evidence().getByText('All together', { exact: true }).count()).toBe(1);
      expect(
        await rollout().getByRole('listitem').filter({ hasText: 'waits for approval' }).innerText(),
      ).toMatch(/^60/);
      await eventually('the title of the tab', async () =>
        (await dashboard.page.title()).includes('waits for approval'),
      );
      await keepsNobodyOut('dark');
    });

    it('says why a button can’t be used', async () => {
      // With the keyboard: it can be reached and pressed, though not used.
      await button('Resume').focus();
      await dashboard.page.keyboard.press('Enter');
      await rollout().getByRole('status').filter({ hasText: 'Resume: It is not paused.' }).waitFor();
      expect(await dialog().count()).toBe(0);
    });

    it('takes the next step when it is approved here', async () => {
      await button('Approve').click();
      await dialog()
        .getByText(/^60\s% of visitors get canary now; so far 40\s% do\.$/)
        .waitFor();
      await dialog().getByRole('button', { name: 'Approve' }).click();
      await answers(/^Step 2 of 3: 60\s%$/);
      await answers('Your approval');
    });

    it('says in words that someone else was faster', async () => {
      // While the page asks nothing, it can't know of it.
      await dashboard.look(true);
      const approved = await weir.admin('/api/rollouts/default/approve', { method: 'POST' });
      expect(approved.status).toBe(200);
      await eventually('the last step', async () => {
        const status = await (await weir.admin('/api/rollouts/default')).json();
        return (status as { phase: string }).phase === 'baking';
      });
      await button('Approve').click();
      await dialog().getByRole('button', { name: 'Approve' }).click();
      await dialog()
        .getByRole('alert')
        .filter({ hasText: /^It was not done.*Nothing waits for an approval/s })
        .waitFor();
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      await dashboard.look(false);
      await rollout().getByText('baking', { exact: true }).waitFor();
    });

    it('rolls back with one button and one question, and visitors follow', async () => {
      await button('Roll back').click();
      await dialog()
        .getByLabel(/^Reason/)
        .fill('the cart is empty');
      await dialog().getByRole('button', { name: 'Roll back' }).click();
      await answers(/^Rolled back/);
      await rollout()
        .getByText(/the cart is empty/)
        .first()
        .waitFor();
      await eventually('everyone on stable', async () => {
        const answer = await new Visitor().visit(`${weir.url}/api/whoami`);
        return answer.headers['x-demo-variant'] === 'stable';
      });
    });

    it('leaves a report with every step, its evidence and every decision', async () => {
      const { page } = dashboard;
      await rollout().getByRole('link', { name: 'report' }).click();
      await page.getByRole('heading', { name: /^canary 2026-11-23\.1: rolled back/ }).waitFor();
      const steps = page.getByRole('region', { name: 'Steps' });
      expect(await steps.getByRole('heading', { level: 3 }).allInnerTexts()).toEqual(
        // One percent stays behind to compare with.
        ['40', '60', '99'].map((weight, i) => `Step ${i + 1} of 3: ${weight}\u00a0%`),
      );
      await steps.getByText('Evidence when the step was left').first().click();
      await steps.getByText('good enough to advance').first().waitFor();
      await page
        .getByRole('region', { name: 'Decisions' })
        .getByRole('listitem')
        .filter({ hasText: 'the cart is empty' })
        .filter({ hasText: 'olga' })
        .waitFor();
      await keepsNobodyOut('light');
      await page.getByRole('link', { name: 'default' }).click();
      await page
        .getByRole('region', { name: 'Reports' })
        .getByRole('link', { name: /rolled back$/ })
        .waitFor();
    });

    it('shows a viewer everything but buttons', async () => {
      const { page, signIn } = dashboard;
      await page.goto(`${weir.url}/__weir/#/r/default`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await signIn(VIEWER_TOKEN);
      await rollout().getByText('This token may only read (viewer)').waitFor();
      expect(await rollout().getByRole('button').count()).toBe(0);
    });
  },
);
