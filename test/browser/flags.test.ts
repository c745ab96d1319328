/** The page of a rollout's flags: who may turn them does, after being asked; who may look sees the same. */
import { describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../support/browser.ts';
import { onDashboardStage } from '../support/dashboard-stage.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const FLAGS = {
  'new-checkout': { ...ON_OFF, rules: [{ weights: { on: 20, off: 80 } }], client: true },
  followed: { ...ON_OFF, follows: 'canary' },
};

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the page of flags',
  () => {
    const stage = onDashboardStage();
    let weir: TestWeir;
    const put = (name: string, body: object) =>
      weir.admin(`/api/rollouts/${name}/flags`, { method: 'PUT', body: JSON.stringify(body) });

    async function start(): Promise<void> {
      weir = await startTestWeir({
        variables: {
          ADMIN_TOKEN: `ada:admin:${ADMIN_TOKEN},fin:flags:fl-secret`,
          VIEWER_TOKEN: 'view-secret',
          STABLE_ORIGIN: stage.variants.stable.url,
        },
      });
      stage.use(weir);
    }

    it('turns a switch and a share after it has asked, and says who did it', async () => {
      await start();
      await put('default', FLAGS);
      const { page } = await stage.open({}, 'fl-secret');
      await page
        .getByRole('link', { name: /default/ })
        .first()
        .click();
      await page.getByRole('link', { name: 'Flags' }).click();
      const row = page.getByRole('listitem').filter({ hasText: 'new-checkout' });
      await row.getByText(/20\s% get on/).waitFor();
      await row.getByText('added by ada').waitFor();

      await row.getByRole('switch', { name: 'new-checkout is on', checked: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('within 2 s where there is traffic').waitFor();
      await dialog.getByRole('button', { name: 'Switch new-checkout off' }).click();
      await row.getByRole('switch', { checked: false }).waitFor();
      await row.getByText('switched off by fin').waitFor();

      const share = row.getByLabel('New share of new-checkout in percent');
      await share.fill('101');
      await row.getByRole('button', { name: 'Set the share' }).click();
      await row.getByText('A number from 0 to 100, please.').waitFor();
      await share.fill('35');
      await row.getByRole('button', { name: 'Set the share' }).click();
      await dialog.getByText('Whoever has it keeps it.').waitFor();
      await dialog.getByText('It is switched off: the share counts once').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await row.getByText(/20\s% get on/).waitFor();
      await row.getByRole('button', { name: 'Set the share' }).click();
      await dialog.getByRole('button', { name: /^Set new-checkout to 35\s%$/ }).click();
      await row.getByText(/35\s% get on/).waitFor();
      await stage.says('On for exactly the visitors on canary.');
    });

    it('shows a viewer everything, and nothing to turn; and what is wrong with a flag put by hand', async () => {
      await start();
      await weir.putKv('flags:default', JSON.stringify({ ...FLAGS, bad: { type: 'boolean' } }));
      const { page } = await stage.open({ hash: '#/r/default/flags' }, 'view-secret');
      await stage.says(/20\s% get on/, 'You may look.', 'Malformed', '$.bad.variants');
      expect(await page.getByRole('switch').count()).toBe(0);
      expect(await page.getByRole('textbox').count()).toBe(0);
    });

    it('says what to do where there are no flags, and no such rollout', async () => {
      await start();
      const { page } = await stage.open({ hash: '#/r/default/flags', expectsFailures: true });
      await stage.says('No flags yet', 'npx weir flags apply flags.json');
      await page.goto(`${weir.url}/__weir/#/r/nothing.example/flags`);
      await stage.says('There is no rollout nothing.example');
    });
  },
);
