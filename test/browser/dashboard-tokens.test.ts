import type { Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { HAS_CHROMIUM } from '../support/browser.ts';
import { onDashboardStage } from '../support/dashboard-stage.ts';
import { ADMIN_TOKEN } from '../support/weir.ts';

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the dashboard asks for a token',
  () => {
    const stage = onDashboardStage();

    it('with a wrong token: once more, and why', async () => {
      const { page, signIn } = await stage.open({ expectsFailures: true }, 'wrong-token');
      await stage.says('Weir does not know this token.');
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      await signIn('mit Leerzeichen');
      await page.getByText('A token is 1 to 512 letters').waitFor();
      await signIn(ADMIN_TOKEN);
      await stage.signOut().waitFor();
    });

    it('where the browser keeps nothing for sites: as everywhere, until the page is loaded again', async () => {
      const { page } = await stage.open({ blocksStorage: true });
      await stage.signOut().waitFor();
      await stage.signOut().click();
      await page.getByLabel('Token', { exact: true }).waitFor();
    });

    it('when the token is changed while the page is open: once more, and why', async () => {
      const running = await stage.start({ STABLE_ORIGIN: stage.variants.stable.url });
      const { page, signIn } = await stage.open({ hash: '#/r/default', expectsFailures: true });
      await page.getByRole('heading', { name: 'No request has come yet' }).waitFor();
      await stage.restart(running, 'the-new-token');
      await stage.says('The token is no longer valid');
      expect(await stage.stored()).toBe(null);
      await signIn('the-new-token');
      await stage.signOut().waitFor();
    });

    it('but not when a question asked with the old token is refused after signing in with the new one', async () => {
      const running = await stage.start({ STABLE_ORIGIN: stage.variants.stable.url });
      const { page, signIn } = await stage.open({ hash: '#/r/default', expectsFailures: true });
      const asked = /\/api\/rollouts\/default\?/;
      const late = await new Promise<Route>(resolve => void page.route(asked, resolve, { times: 1 }));
      await stage.signOut().click();
      await stage.restart(running, 'the-new-token');
      await signIn('the-new-token');
      await stage.signOut().waitFor();
      const refused = page.waitForResponse(response => response.status() === 401);
      await late.continue();
      await refused;
      await page.waitForResponse(response => asked.test(response.url()) && response.ok());
      await stage.signOut().waitFor();
      expect(await stage.stored()).toBe('the-new-token');
    });

    it('while no token is set in the Worker', async () => {
      await stage.start({ ADMIN_TOKEN: '' });
      await stage.open({}, null);
      await stage.says('This surface is off', 'npx wrangler secret put ADMIN_TOKEN');
    });
  },
);
