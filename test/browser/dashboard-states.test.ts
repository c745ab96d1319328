import type { Browser, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, startBrowser } from '../support/browser.ts';
import { Visitor } from '../support/client.ts';
import { layOver, openDashboard, type Dashboard, type Opening } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { startFrailWeir, type FrailWeir } from '../support/frail-hub.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the dashboard says what to do',
  () => {
    let variants: Variants;
    let browser: Browser;
    /** For tests that need no more than a rollout of their own. */
    let shared: TestWeir;
    /** For the others. */
    let own: TestWeir | undefined;
    let dashboard: Dashboard | undefined;

    beforeAll(async () => {
      [variants, browser, shared] = await Promise.all([startVariants(), startBrowser(), startTestWeir()]);
    });
    afterAll(async () => {
      await browser.close();
      await shared.stop();
      await variants.close();
    });
    afterEach(async () => {
      const complaints = dashboard?.complaints ?? [];
      await dashboard?.close();
      await own?.stop();
      [dashboard, own] = [undefined, undefined];
      expect(complaints).toEqual([]);
    });

    async function start(variables: Readonly<Record<string, string>> = {}, port = 0): Promise<TestWeir> {
      own = await startTestWeir({ variables, port });
      return own;
    }
    async function open(opening: Opening = {}, token: string | null = ADMIN_TOKEN): Promise<Dashboard> {
      dashboard = await openDashboard(browser, own ?? shared, opening);
      if (token !== null) await dashboard.signIn(token);
      return dashboard;
    }
    /** With a clock that the test can put forward. */
    async function openWithClock(opening: Opening = {}): Promise<Dashboard> {
      const opened = await open(opening, null);
      await opened.page.clock.install();
      await opened.signIn(ADMIN_TOKEN);
      return opened;
    }
    /** The same address with another token, as after a change of the secret. */
    async function restart(running: TestWeir, token: string): Promise<void> {
      await running.stop();
      const port = Number(new URL(running.url).port);
      await start({ STABLE_ORIGIN: variants.stable.url, ADMIN_TOKEN: token }, port);
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
    /** Sends visitors to a rollout of the shared Weir, or to the only one of another. */
    async function visited(name: string, times = 1): Promise<void> {
      const running = own ?? shared;
      const host: Record<string, string> = name === 'default' ? {} : { host: name };
      for (let i = 0; i < times; i++) await new Visitor().visit(running.url, host);
      await eventually('counts', async () => {
        const response = await running.admin(`/api/rollouts/${name}`);
        return ((await response.json()) as { lastCounts: string | null }).lastCounts !== null;
      });
    }
    const signOut = () => dashboard!.page.getByRole('button', { name: 'Sign out' });
    const stored = () => dashboard!.page.evaluate<string | null>("sessionStorage.getItem('weir.token')");

    it('with a wrong token: once more, and why', async () => {
      const { page, signIn } = await open({ expectsFailures: true }, 'wrong-token');
      await says('Weir does not know this token.');
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await signIn('mit Leerzeichen');
      await page.getByText('A token is 1 to 512 letters').waitFor();
      await signIn(ADMIN_TOKEN);
      await signOut().waitFor();
    });

    it('where the browser keeps nothing for sites: as everywhere, until the page is loaded again', async () => {
      const { page } = await open({ blocksStorage: true });
      await signOut().waitFor();
      await signOut().click();
      await page.getByLabel('Token', { exact: true }).waitFor();
    });

    it('when the token is changed while the page is open: once more, and why', async () => {
      const running = await start({ STABLE_ORIGIN: variants.stable.url });
      const { page, signIn } = await open({ hash: '#/r/default', expectsFailures: true });
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
      await restart(running, 'the-new-token');
      await says('The token is no longer valid');
      expect(await stored()).toBe(null);
      await signIn('the-new-token');
      await signOut().waitFor();
    });

    it('but not when a question asked with the old token is refused after signing in with the new one', async () => {
      const running = await start({ STABLE_ORIGIN: variants.stable.url });
      const { page, signIn } = await open({ hash: '#/r/default', expectsFailures: true });
      const asked = /\/api\/rollouts\/default\?/;
      const late = await new Promise<Route>(resolve => void page.route(asked, resolve, { times: 1 }));
      await signOut().click();
      await restart(running, 'the-new-token');
      await signIn('the-new-token');
      await signOut().waitFor();
      const refused = page.waitForResponse(response => response.status() === 401);
      await late.continue();
      await refused;
      await page.waitForResponse(response => asked.test(response.url()) && response.ok());
      await signOut().waitFor();
      expect(await stored()).toBe('the-new-token');
    });

    it('while no token is set in the Worker', async () => {
      await start({ ADMIN_TOKEN: '' });
      await open({}, null);
      await says('This surface is off', 'npx wrangler secret put ADMIN_TOKEN');
    });

    it('without a document: the command that puts one, and follows as soon as it is there', async () => {
      const running = await start();
      const { page } = await openWithClock();
      await says('There is no document for default', /kv key put --binding ROLLOUTS rollout:default '\{/);
      await running.putKv('rollout:default', variants.document());
      await page.clock.fastForward('00:05');
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
    });

    it('with a document that is not valid: where, and that nothing is proxied', async () => {
      await shared.putKv('rollout:nowhere.example', '{"variants":{"stable":{"origin":"nowhere"}}}');
      await open({ hash: '#/r/nowhere.example' });
      await says(
        'What is in KV is not valid',
        '$.variants.stable.origin',
        'There is no document for nowhere.example',
      );
    });

    it('before the first request: how to send one', async () => {
      await shared.putKv('rollout:new.example', variants.document());
      const { page } = await open({ hash: '#/r/new.example' });
      await says('No request has come yet', `npm run demo:traffic -- --url ${shared.url}`);
      await visited('new.example');
      await page.getByRole('row', { name: 'p95' }).waitFor();
    });

    it('when what is in KV is not valid: key, path, message, and that the last good one holds', async () => {
      await shared.putKv('rollout:bad.example', variants.document());
      await shared.putKv('weight:bad.example', '10');
      await visited('bad.example');
      const { page } = await open({ hash: '#/r/bad.example' });
      await page.getByRole('region', { name: 'Variants' }).waitFor();
      await shared.putKv('weight:bad.example', '200');
      await says(
        'What is in KV is not valid',
        'weight:bad.example',
        /from 0 to 100, got 200/,
        /the last good one stays in force/,
      );
      expect(
        await page.getByRole('region', { name: 'Weight', exact: true }).locator('b').innerText(),
      ).toMatch(/^10/);
    });

    it('for a rollout that does not exist', async () => {
      await open({ hash: '#/r/nothing.example', expectsFailures: true });
      await says('There is no rollout nothing.example', 'See all rollouts');
    });

    it('when counts stop coming: since when, and what may be the reason', async () => {
      await shared.putKv('rollout:silent.example', variants.document());
      await visited('silent.example');
      const { page } = await openWithClock({ hash: '#/r/silent.example' });
      await page.getByRole('region', { name: 'Variants' }).waitFor();
      await page.clock.fastForward('04:00');
      await says(
        /Figures are stale: the last counts came 4\smin ago/,
        /No counts for 4\smin/,
        /check the Worker's route/,
      );
    });

    it('nothing, and asks nothing, while its tab is hidden; everything at once when it is seen again', async () => {
      await shared.putKv('rollout:hidden.example', variants.document());
      const { page, look } = await openWithClock({ hash: '#/r/hidden.example' });
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
      await look(true);
      await page.waitForLoadState('networkidle');
      let asked = 0;
      page.on('request', () => asked++);
      for (let minute = 0; minute < 5; minute++) await page.clock.runFor('01:00');
      expect([asked, await page.title()]).toEqual([0, '0\u00a0% · no traffic yet · hidden.example · Weir']);
      await look(false);
      await eventually('questions', () => asked > 0);
      await page.getByText('Live', { exact: true }).waitFor();
    });

    it('when Weir can not be reached: keeps the figures, greys them, says how old they are, and recovers', async () => {
      await shared.putKv('rollout:far.example', variants.document());
      await visited('far.example', 3);
      const { page } = await openWithClock({ hash: '#/r/far.example', expectsFailures: true });
      const p95 = page.getByRole('row', { name: 'p95' }).locator('[data-of="stable"]');
      await p95.waitFor();
      const figure = await p95.innerText();
      const ink = (): Promise<string> =>
        page.evaluate<string>("getComputedStyle(document.querySelector('tbody td')).color");
      const current = await ink();
      const failed = page.waitForEvent('requestfailed');
      await page.context().setOffline(true);
      await failed;
      await page.clock.fastForward('00:12');
      await page.getByText('These figures are stale').waitFor();
      await page.getByRole('status').filter({ hasText: 'No answers' }).waitFor();
      await page.getByText(/What you see is \d+\ss old/).waitFor();
      await eventually('a greyed figure', async () => (await ink()) !== current);
      expect(await p95.innerText()).toBe(figure);
      await eventually('the title', async () => (await page.title()).includes('stale'));
      await page.context().setOffline(false);
      await page.getByText('Live', { exact: true }).waitFor();
    });

    it('while the hub is away: the split goes on, the last figures stay, and what to try', async () => {
      const frail: FrailWeir = await startFrailWeir();
      own = frail;
      await frail.putKv('rollout:default', variants.document());
      await frail.putKv('weight:default', '25');
      await visited('default', 5);
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

    it('when a weight is written into KV by hand while another is confirmed: what is set now, before anything else', async () => {
      const name = 'hand.example';
      await shared.putKv(`rollout:${name}`, variants.document());
      await shared.putKv(`weight:${name}`, '10');
      const { page } = await open({ hash: `#/r/${name}` });
      await page.getByRole('button', { name: '50 percent' }).click();
      await page.getByRole('button', { name: /^Set 50/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/40\s% of visitors move from stable to canary/).waitFor();
      await shared.putKv(`weight:${name}`, '0');
      const said = dialog.getByRole('status');
      await said.getByText('Someone else changed it meanwhile').waitFor();
      expect(await said.innerText()).toMatch(/Now set: canary 0\s%/);
      expect(await dialog.getByRole('button').allInnerTexts()).toEqual(['Cancel', 'Start from there']);
      await dialog.getByRole('button', { name: 'Start from there' }).click();
      await dialog.getByText(/50\s% of visitors move from stable to canary/).waitFor();
      await dialog.getByRole('button', { name: 'Set weight' }).waitFor();
      const { variants: answered } = (await (await shared.admin(`/api/rollouts/${name}`)).json()) as {
        variants: Record<string, { weight: number }>;
      };
      expect(answered['canary']?.weight).toBe(0);
    });

    it('of outcomes that were lost once: in small print, as it stays true for ever', async () => {
      await shared.putKv('rollout:lost.example', variants.document());
      const { page } = await open({ hash: '#/r/lost.example' }, null);
      await layOver(page, /\/api\/rollouts\/lost\.example\?/, { lostOutcomes: 1234 });
      await dashboard!.signIn(ADMIN_TOKEN);
      const now = page.getByRole('region', { name: 'Now' });
      await now.getByText('1,234 outcomes since the rollout exists are in none of the figures').waitFor();
      expect(await page.locator('.notice').count()).toBe(0);
    });
  },
);
