import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { Visitor } from '../support/client.ts';
import { openDashboard, type Dashboard } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startLiveOrigins, startVisitors, type LiveOrigins } from '../support/live-traffic.ts';
import { OPERATOR_TOKEN, startTestWeir, TEAM, type TestWeir, VIEWER_TOKEN } from '../support/weir.ts';

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the dashboard under live traffic',
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
          // Slow enough to see what is shown until the isolates have read KV.
          CONFIG_REFRESH: '2',
        },
      });
      await weir.putKv('rollout:default', origins.document());
      browser = await startBrowser();
      goHome = startVisitors(weir.url);
    });
    afterAll(async () => {
      await goHome();
      await browser.close();
      await weir.stop();
      await origins.close();
    });
    beforeEach(async ({ task }) => {
      await putWeight(10);
      const expectsFailures = task.name.includes('faster');
      dashboard = await openDashboard(browser, weir, { expectsFailures });
    });
    afterEach(async () => {
      const { complaints } = dashboard;
      await dashboard.close();
      expect(complaints).toEqual([]);
    });

    async function putWeight(weight: number): Promise<void> {
      const put = await weir.admin('/api/rollouts/default/weight', { method: 'PUT', body: String(weight) });
      expect(put.status).toBe(200);
    }
    const cell = (row: string, variant: string) =>
      dashboard.page.getByRole('row', { name: row }).locator(`[data-of="${variant}"]`);
    const weightCard = () => dashboard.page.getByRole('region', { name: 'Weight', exact: true });
    const dialog = () => dashboard.page.getByRole('dialog');

    it('asks for the token once, keeps it in this tab only, and forgets it on sign-out', async () => {
      const { page, signIn } = dashboard;
      await signIn(OPERATOR_TOKEN);
      await page.getByText('olga (operator)').waitFor();
      await page.waitForURL(`${weir.url}/__weir/#/r/default`);
      const kept = (): Promise<string> =>
        page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])');
      expect(JSON.parse(await kept())).toEqual([{ 'weir.token': OPERATOR_TOKEN }, {}, '']);
      await page.reload();
      await page.getByText('olga (operator)').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Token', { exact: true }).waitFor();
      expect(JSON.parse(await kept())).toEqual([{}, {}, '']);
    });

    it('shows figures of both variants, and they move while visitors come', async () => {
      const { page, signIn } = dashboard;
      await signIn(VIEWER_TOKEN);
      const sentence = page.getByRole('region', { name: 'Now' }).locator('.says');
      await eventually('the comparison', async () =>
        /^10 % of visitors get canary; canary fails .* of requests, stable /.test(
          (await sentence.innerText()).replaceAll('\u00a0', ' '),
        ),
      );
      for (const row of ['Requests/s', 'p50', 'p95', 'p99'])
        for (const variant of ['stable', 'canary'])
          await eventually(`${row} of ${variant}`, async () =>
            /\d/.test(await cell(row, variant).innerText()),
          );
      expect(await cell('Errors', 'stable').innerText()).toMatch(/%$/);
      const before = await sentence.innerText();
      await eventually('other figures', async () => (await sentence.innerText()) !== before);
      await eventually('the title of the tab', async () =>
        /^10\u00a0% · .*default · Weir$/.test(await page.title()),
      );
    });

    it('draws every figure over time, marks weight changes, and reads values out at the cursor', async () => {
      const { page, signIn } = dashboard;
      await signIn(VIEWER_TOKEN);
      const chart = page.getByRole('img', {
        name: /^Requests\/s\. stable: [\d.]+ now.*Weight changes: .*10 by ada/,
      });
      await chart.waitFor();
      for (const title of ['Error ratio', 'Weight in force', 'p50 latency', 'p95 latency', 'p99 latency'])
        expect(await page.getByRole('img', { name: new RegExp(`^${title}\\. stable: `) }).count()).toBe(1);
      const inked = (): Promise<boolean> =>
        chart.locator('canvas').evaluate(canvas => {
          const { width, height } = canvas as unknown as { width: number; height: number };
          const context = (
            canvas as unknown as {
              getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
            }
          ).getContext('2d');
          return context.getImageData(0, 0, width, height).data.some(value => value !== 0);
        });
      expect(await inked()).toBe(true);
      const heading = page.getByRole('heading', { name: /^Over time/ });
      expect((await heading.innerText()).trim()).toBe('Over time');
      await chart.hover({ position: { x: 200, y: 60 } });
      await eventually('the time under the cursor', async () =>
        /Over time\s+\d{1,2}:\d{2}:\d{2}/.test(await heading.innerText()),
      );
      await page.getByLabel('24 h', { exact: true }).check();
      await page.getByRole('img', { name: /^p95 latency\. stable: / }).waitFor();
    });

    it('changes the weight after a question, says when it is in force, and visitors follow', async () => {
      const { page, signIn } = dashboard;
      await signIn(OPERATOR_TOKEN);
      await weightCard().getByRole('button', { name: '100 percent' }).click();
      await weightCard()
        .getByRole('button', { name: /^Set 100/ })
        .click();
      await dialog().getByText('Everyone gets canary, from their next request on.').waitFor();
      // Isolates report with traffic only: without any, it stays to be seen that the page waits.
      await goHome();
      await dialog().getByRole('button', { name: 'Set weight' }).click();
      await weightCard()
        .getByText(/100\s% is set, waiting until the isolates report it/)
        .waitFor();
      expect(await dialog().count()).toBe(0);
      goHome = startVisitors(weir.url);
      await weightCard().getByText('in force', { exact: true }).waitFor();
      await page
        .getByText(/^Everyone gets canary; /)
        .first()
        .waitFor();
      const answer = await new Visitor().visit(`${weir.url}/api/whoami`);
      expect(answer.headers['x-demo-variant']).toBe('canary');
      const logged = page.getByRole('region', { name: 'Changes' }).getByRole('listitem').first();
      await eventually('the audit log', async () =>
        /10 → 100\s+olga, through this page/.test(await logged.innerText()),
      );
    });

    it('sends everyone to stable with one button and one question', async () => {
      await dashboard.signIn(OPERATOR_TOKEN);
      await weightCard().getByRole('button', { name: 'Everyone to stable (0 %)' }).click();
      // Meanwhile someone raises it: an emergency stop is not refused for that.
      await putWeight(50);
      await dialog().getByRole('button', { name: 'Everyone to stable' }).click();
      await dialog().waitFor({ state: 'detached' });
      await weightCard().getByText('in force', { exact: true }).waitFor();
      await dashboard.page
        .getByText(/^Everyone is on stable: /)
        .first()
        .waitFor();
      const answer = await new Visitor().visit(`${weir.url}/api/whoami`);
      expect(answer.headers['x-demo-variant']).toBe('stable');
    });

    it('changes nothing when someone else was faster, shows what they set, and starts from there if asked', async () => {
      await dashboard.signIn(OPERATOR_TOKEN);
      await weightCard().getByLabel('New weight of canary in percent').fill('12.5');
      await weightCard()
        .getByRole('button', { name: /^Set 12\.5/ })
        .click();
      // While the page asks nothing, it can't know of it: the precondition fails.
      await dashboard.look(true);
      await putWeight(40);
      await dialog().getByRole('button', { name: 'Set weight' }).click();
      await dialog().getByText('Someone else changed it meanwhile').waitFor();
      await dashboard.look(false);
      await dialog()
        .getByText(/Now set: canary 40/)
        .waitFor();
      await dialog().getByRole('button', { name: 'Start from there' }).click();
      await dialog()
        .getByText(/27\.5\s% of visitors move from canary back to stable/)
        .waitFor();
      await dialog().getByRole('button', { name: 'Set weight' }).click();
      await dialog().waitFor({ state: 'detached' });
      await eventually('12.5 %', async () => /12\.5/.test(await weightCard().locator('.weight').innerText()));
    });

    it('can be used without a mouse: sign in, choose, confirm', async () => {
      const { page } = dashboard;
      const press = async (...keys: string[]): Promise<void> => {
        for (const key of keys) await page.keyboard.press(key);
      };
      /** Tabs on until that element has the focus. */
      const tabTo = async (name: RegExp): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          await press('Tab');
          const focused = page.locator(':focus');
          const label = `${(await focused.getAttribute('aria-label')) ?? ''} ${await focused.innerText()}`;
          if (!name.test(label)) continue;
          const outline = await page.evaluate<string>(
            'getComputedStyle(document.activeElement).outlineStyle',
          );
          expect([label, outline]).toEqual([label, 'solid']);
          return;
        }
        throw new Error(`nothing like ${String(name)} can be reached`);
      };
      // The field takes the focus by itself, a moment after the page is there.
      await page.locator('#token:focus').waitFor();
      await page.keyboard.type(OPERATOR_TOKEN);
      await press('Enter');
      await weightCard().waitFor();
      await tabTo(/in percent/);
      await press('Control+A');
      await page.keyboard.type('15');
      // Before it is there, Tab passes by it.
      await weightCard()
        .getByRole('button', { name: /^Set 15/ })
        .waitFor();
      await tabTo(/^\s*Set 15/);
      await press('Enter');
      await dialog().waitFor();
      await press('Escape');
      await dialog().waitFor({ state: 'detached' });
      expect(await page.locator(':focus').innerText()).toMatch(/^Set 15/);
      await press('Enter');
      await tabTo(/^\s*Set weight$/);
      await press('Enter');
      await dialog().waitFor({ state: 'detached' });
      await eventually('15 %', async () =>
        /^\D*15\u00a0%/.test(await weightCard().locator('.weight').innerText()),
      );
    });

    it("shows a viewer all figures, and says that the token can't change weights", async () => {
      await dashboard.signIn(VIEWER_TOKEN);
      await weightCard().getByText('This token may only read').waitFor();
      expect(await weightCard().getByRole('button').count()).toBe(0);
      await eventually('figures', async () => /\d/.test(await cell('p95', 'canary').innerText()));
    });
  },
);
