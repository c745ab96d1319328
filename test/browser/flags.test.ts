/** The page of a rollout's flags: who may turn them does, after being asked; who may look sees the same. */
import { describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../support/browser.ts';
import { onDashboardStage } from '../support/dashboard-stage.ts';
import { layOver } from '../support/dashboard.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const FLAGS = {
  'new-checkout': { ...ON_OFF, rules: [{ weights: { on: 20, off: 80 } }], client: true },
  followed: { ...ON_OFF, follows: 'canary' },
};

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the page of flags',
  () => {
    const stage = onDashboardStage();

    async function put(name: string, body: object): Promise<void> {
      const text = JSON.stringify(body);
      const { status } = await stage.shared.admin(`/api/rollouts/${name}/flags`, {
        method: 'PUT',
        body: text,
      });
      expect(status).toBe(200);
    }

    it('turns a switch and a share after it has asked, and says who did it', async () => {
      await put('shop.example', FLAGS);
      const { page } = await stage.open({ hash: '#/r/shop.example' });
      await page.getByRole('link', { name: 'Flags' }).click();
      const row = page.getByRole('listitem').filter({ hasText: 'new-checkout' });
      await row.getByText(/20\s% get on/).waitFor();
      await row.getByText('added by admin').waitFor();

      await row.getByRole('button', { name: 'Switch off new-checkout' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('within 2 s where there is traffic').waitFor();
      await dialog.getByRole('button', { name: 'Switch new-checkout off' }).click();
      await row.getByRole('button', { name: 'Switch on new-checkout' }).waitFor();
      await row.getByText('switched off by admin').waitFor();

      const share = row.getByLabel('New share of new-checkout in percent');
      await share.fill('101');
      await row.getByRole('button', { name: 'Set share of new-checkout' }).click();
      await row.getByText('A number from 0 to 100, please.').waitFor();
      await share.fill('35');
      await row.getByRole('button', { name: 'Set share of new-checkout' }).click();
      await dialog.getByText('Whoever has it keeps it.').waitFor();
      await dialog.getByText('It is switched off: the share counts once').waitFor();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await row.getByText(/20\s% would get on/).waitFor();
      await row.getByRole('button', { name: 'Set share of new-checkout' }).click();
      await dialog.getByRole('button', { name: /^Set new-checkout to 35\s%$/ }).click();
      await row.getByText(/35\s% would get on/).waitFor();
      await stage.says('On for exactly the visitors on canary.');
    });

    it('changes nothing where somebody else was faster, shows what they set, and starts from there if asked', async () => {
      await put('two.example', FLAGS);
      const { page, look } = await stage.open({ hash: '#/r/two.example/flags', expectsFailures: true });
      const row = page.getByRole('listitem').filter({ hasText: 'new-checkout' });
      const dialog = page.getByRole('dialog');
      const send = dialog.getByRole('button', { name: /^Set new-checkout to 35/ });
      const turn = async (body: object) => {
        const options = { method: 'PATCH', body: JSON.stringify(body) };
        const answer = await stage.shared.admin('/api/rollouts/two.example/flags/new-checkout', options);
        return ((await answer.json()) as { revision: number }).revision;
      };
      await row.getByLabel('New share of new-checkout in percent').fill('35');
      await row.getByRole('button', { name: 'Set share of new-checkout' }).click();
      await dialog.getByText(/It is at 20\s% now/).waitFor();
      // While the page asks nothing, it can't know of it: the precondition fails.
      await look(true);
      await turn({ share: 90 });
      await send.click();
      await dialog.getByText(/The flags were changed meanwhile/).waitFor();
      await dialog.getByText(/Nothing was changed by you\. .* switched on\. 90\s% get on/).waitFor();
      expect(await send.count()).toBe(0);
      await dialog.getByRole('button', { name: 'Start from there' }).click();
      await dialog.getByText(/It is at 90\s% now\. Some of those who have it lose it/).waitFor();
      // And where the page has seen it before anybody clicked: what was read is not what would be done.
      await turn({ enabled: false });
      await look(false);
      await dialog.getByText(/Now new-checkout is switched off/).waitFor();
      expect(await dialog.getByRole('button').allInnerTexts()).toEqual(['Cancel', 'Start from there']);
      await dialog.getByRole('button', { name: 'Start from there' }).click();
      await dialog.getByText('It is switched off: the share counts once').waitFor();
      await send.click();
      await row.getByText(/35\s% would get on/).waitFor();
      expect(await turn({ share: 35 })).toBe(5);
    });

    it('shows a viewer everything, and nothing to turn; and what is wrong with a flag put by hand', async () => {
      await stage.shared.putKv('flags:hand.example', JSON.stringify({ ...FLAGS, bad: { type: 'boolean' } }));
      const { page, signIn } = await stage.open({ hash: '#/r/hand.example/flags' }, null);
      await layOver(page, /\/api\/me$/, { name: 'vic', role: 'viewer' });
      await signIn(ADMIN_TOKEN);
      await stage.says(/20\s% get on/, 'You may look.', 'Malformed', '$.bad.variants');
      expect(await page.getByRole('button', { name: /^Switch/ }).count()).toBe(0);
      expect(await page.getByRole('textbox').count()).toBe(0);
    });

    it('shows what experiments have come to', async () => {
      await put('trial.example', {
        trial: { ...ON_OFF, experiment: true, rules: [{ weights: { on: 50 } }] },
      });
      const { page, signIn } = await stage.open({ hash: '#/r/trial.example/flags' }, null);
      const variants = [{ variant: 'on', text: '41 of 100 units: 1.04 to 1.21 times as often as off' }];
      const trial = { baseline: 'off', note: 'Right whenever you look.', goals: { bought: { variants } } };
      await layOver(page, /\/api\/rollouts\/trial\.example$/, { experiments: { trial } });
      await signIn(ADMIN_TOKEN);
      await stage.says(
        'Experiments',
        'bought',
        /1\.04 to 1\.21 times as often as off/,
        'Right whenever you look.',
      );
    });

    it('says what to do where there are no flags, and no such rollout', async () => {
      const { page } = await stage.open({ hash: '#/r/default/flags', expectsFailures: true });
      await stage.says('No flags yet', 'npx weir flags apply flags.json');
      await page.goto(`${stage.shared.url}/__weir/#/r/nothing.example/flags`);
      await stage.says('There is no rollout nothing.example');
    });
  },
);
