/** The page in a browser, over a Weir that a whole file shares, or one that a test sets up for itself. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startBrowser } from './browser.ts';
import { Visitor } from './client.ts';
import { openDashboard, type Dashboard, type Opening } from './dashboard.ts';
import { eventually } from './eventually.ts';
import { startVariants, type Variants } from './variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from './weir.ts';

/** For the top of a `describe`: sets up and clears away around its tests. */
export function onDashboardStage() {
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

  return {
    get variants(): Variants {
      return variants;
    },
    get shared(): TestWeir {
      return shared;
    },
    /** The test's own from now on. */
    use(weir: TestWeir): void {
      own = weir;
    },
    start,
    open,
    openWithClock,
    restart,
    says,
    visited,
    signOut,
    stored,
  };
}
