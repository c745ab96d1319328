/** A real browser, for what only one can tell: redirects, cookies, caches. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** For `skipIf`; the name of such a test says that it needs chromium. */
export const HAS_CHROMIUM = existsSync(CHROMIUM);

export function startBrowser(): Promise<Browser> {
  // Machines that run tests seldom give a browser what its sandbox needs.
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: ['--no-sandbox'] });
}

/** A person with a profile of their own; headless Chromium would call itself something like a bot. */
export async function newPerson(browser: Browser): Promise<BrowserContext> {
  const version = browser.version();
  return browser.newContext({
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`,
  });
}
