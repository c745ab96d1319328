import { describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../support/browser.ts';
import { layOver } from '../support/dashboard.ts';
import { onDashboardStage } from '../support/dashboard-stage.ts';
import { eventually } from '../support/eventually.ts';
import { startFrailWeir } from '../support/frail-hub.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the dashboard says what to do',
  () => {
    const stage = onDashboardStage();

    it('without a document: the command that puts one, and follows as soon as it is there', async () => {
      const running = await stage.start();
      const { page } = await stage.openWithClock();
      await stage.says(
        'There is no document for default',
        /kv key put --binding ROLLOUTS rollout:default '\{/,
      );
      await running.putKv('rollout:default', stage.variants.document());
      await page.clock.fastForward('00:05');
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
    });

    it('with a document that is not valid: where, and that nothing is proxied', async () => {
      await stage.shared.putKv('rollout:nowhere.example', '{"variants":{"stable":{"origin":"nowhere"}}}');
      await stage.open({ hash: '#/r/nowhere.example' });
      await stage.says(
        'Not all of what is in KV is obeyed',
        '$.variants.stable.origin',
        'There is no document for nowhere.example',
      );
    });

    it('before the first request: how to send one', async () => {
      await stage.shared.putKv('rollout:new.example', stage.variants.document());
      const { page } = await stage.open({ hash: '#/r/new.example' });
      await stage.says('No request has come yet', `npm run demo:traffic -- --url ${stage.shared.url}`);
      await stage.visited('new.example');
      await page.getByRole('row', { name: 'p95' }).waitFor();
    });

    it('when what is in KV is not valid: key, path, message, and that the last good one holds', async () => {
      await stage.shared.putKv('rollout:bad.example', stage.variants.document());
      await stage.shared.putKv('weight:bad.example', '10');
      await stage.visited('bad.example');
      const { page } = await stage.open({ hash: '#/r/bad.example' });
      await page.getByRole('region', { name: 'Variants' }).waitFor();
      await stage.shared.putKv('weight:bad.example', '200');
      await stage.says(
        'Not all of what is in KV is obeyed',
        'weight:bad.example',
        /from 0 to 100, got 200/,
        /what was in force before stays/,
      );
      expect(
        await page.getByRole('region', { name: 'Weight', exact: true }).locator('b').innerText(),
      ).toMatch(/^10/);
    });

    it('for a rollout that does not exist', async () => {
      await stage.open({ hash: '#/r/nothing.example', expectsFailures: true });
      await stage.says('There is no rollout nothing.example', 'See all rollouts');
    });

    it('when counts stop coming: since when, and what may be the reason', async () => {
      await stage.shared.putKv('rollout:silent.example', stage.variants.document());
      await stage.visited('silent.example');
      const { page } = await stage.openWithClock({ hash: '#/r/silent.example' });
      await page.getByRole('region', { name: 'Variants' }).waitFor();
      await page.clock.fastForward('04:00');
      await stage.says(
        /Figures are stale: the last counts came 4\smin ago/,
        /No counts for 4\smin/,
        /check the Worker's route/,
      );
    });

    it('nothing, and asks nothing, while its tab is hidden; everything at once when it is seen again', async () => {
      await stage.shared.putKv('rollout:hidden.example', stage.variants.document());
      const { page, look } = await stage.openWithClock({ hash: '#/r/hidden.example' });
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
      await stage.shared.putKv('rollout:far.example', stage.variants.document());
      await stage.visited('far.example', 3);
      const { page } = await stage.openWithClock({ hash: '#/r/far.example', expectsFailures: true });
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
      const frail = await startFrailWeir();
      stage.use(frail);
      await frail.putKv('rollout:default', stage.variants.document());
      await frail.putKv('weight:default', '25');
      await stage.visited('default', 5);
      const { page } = await stage.open({ expectsFailures: true });
      const p95 = page.getByRole('row', { name: 'p95' }).locator('[data-of="stable"]');
      await eventually('a figure', async () => /\d/.test(await p95.innerText()));
      const figure = await p95.innerText();
      await frail.hub('throws');
      await stage.says(
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
      await stage.shared.putKv(`rollout:${name}`, stage.variants.document());
      await stage.shared.putKv(`weight:${name}`, '10');
      const { page } = await stage.open({ hash: `#/r/${name}` });
      await page.getByRole('button', { name: '50 percent' }).click();
      await page.getByRole('button', { name: /^Set 50/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/40\s% of visitors move from stable to canary/).waitFor();
      await stage.shared.putKv(`weight:${name}`, '0');
      const said = dialog.getByRole('status');
      await said.getByText('Someone else changed it meanwhile').waitFor();
      expect(await said.innerText()).toMatch(/Now set: canary 0\s%/);
      expect(await dialog.getByRole('button').allInnerTexts()).toEqual(['Cancel', 'Start from there']);
      await dialog.getByRole('button', { name: 'Start from there' }).click();
      await dialog.getByText(/50\s% of visitors move from stable to canary/).waitFor();
      await dialog.getByRole('button', { name: 'Set weight' }).waitFor();
      const { variants: answered } = (await (await stage.shared.admin(`/api/rollouts/${name}`)).json()) as {
        variants: Record<string, { weight: number }>;
      };
      expect(answered['canary']?.weight).toBe(0);
    });

    it('of outcomes that were lost once: in small print, as it stays true for ever', async () => {
      await stage.shared.putKv('rollout:lost.example', stage.variants.document());
      const { page, signIn } = await stage.open({ hash: '#/r/lost.example' }, null);
      await layOver(page, /\/api\/rollouts\/lost\.example\?/, { lostOutcomes: 1234 });
      await signIn(ADMIN_TOKEN);
      const now = page.getByRole('region', { name: 'Now' });
      await now.getByText('1,234 outcomes since the rollout exists are in none of the figures').waitFor();
      expect(await page.locator('.notice').count()).toBe(0);
    });
  },
);
