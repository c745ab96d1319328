/** The dashboard in a real browser, and everything that it must never do noted down. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { LocalWeir } from '../../scripts/local-weir.ts';

export interface Dashboard {
  readonly page: Page;
  /** Errors in the console, exceptions, violations of the policy, requests to other hosts. */
  readonly complaints: string[];
  readonly signIn: (token: string) => Promise<void>;
  /** What axe-core finds serious or critical, one line each. */
  readonly barriers: () => Promise<string[]>;
  /** Whether the page can be scrolled sideways. */
  readonly isTooWide: () => Promise<boolean>;
  /** What the page is told when its tab is switched away from, and back to. */
  readonly look: (isHidden: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The browser itself reports every answer from 400 on and every lost connection; tests that cause some expect it. */
const FAILED_REQUEST = /^Failed to load resource/;

/** Resolves when every transition that has begun by the next frame is over. */
const SETTLED = `new Promise(requestAnimationFrame)
  .then(() => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < 10_000))
  .then(transitions => Promise.allSettled(transitions.map(({ finished }) => finished)))
  .then(() => undefined)`;

export interface Opening {
  /** Where in the page, like `#/r/default`. */
  readonly hash?: string;
  readonly context?: BrowserContextOptions;
  /** The test makes requests fail, so the browser may say so. */
  readonly expectsFailures?: boolean;
  /** As where people forbid sites to keep anything: merely touching the storage throws. */
  readonly blocksStorage?: boolean;
}

const BLOCKED_STORAGE = `Object.defineProperty(window, 'sessionStorage', {
  get() { throw new DOMException('storage is blocked', 'SecurityError'); },
})`;

/** A person of their own, in front of the page of that Weir. */
export async function openDashboard(
  browser: Browser,
  weir: LocalWeir,
  { hash = '', context = {}, expectsFailures = false, blocksStorage = false }: Opening = {},
): Promise<Dashboard> {
  const person = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  const page = await person.newPage();
  const complaints: string[] = [];
  page.on('console', message => {
    const isComplaint = message.type() === 'error' || message.type() === 'warning';
    if (isComplaint && !(expectsFailures && FAILED_REQUEST.test(message.text())))
      complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`));
  page.on('request', request => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== weir.url) complaints.push(`request to ${url.origin}`);
  });
  await person.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error('violation of ' + violatedDirective + ' by ' + blockedURI))`);
  if (blocksStorage) await person.addInitScript(BLOCKED_STORAGE);
  await page.goto(`${weir.url}/__weir/${hash}`);
  return {
    page,
    complaints,
    async signIn(token) {
      await page.getByLabel('Token', { exact: true }).fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    async barriers() {
      // Halfway from light to dark nothing has the contrast that it is about to have.
      await page.evaluate(SETTLED);
      await page.evaluate(axe);
      const options: RunOptions = { resultTypes: ['violations'] };
      const { violations, passes } = await page.evaluate<AxeResults>(
        `axe.run(document, ${JSON.stringify(options)})`,
      );
      if (passes.length === 0) throw new Error('axe-core has looked at nothing');
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
        );
    },
    isTooWide: () =>
      page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
    look: isHidden =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${String(isHidden)}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`),
    close: () => person.close(),
  };
}

/** From now on the real answer comes with these fields laid over it, for states that can't be had in a moment. */
export async function layOver(page: Page, path: RegExp, fields: object): Promise<void> {
  await page.route(path, async route => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), ...fields } });
  });
}
