import { buildSync } from 'esbuild';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, newPerson, startBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { startFlagWeir, type FlagWeir } from '../support/flag-weir.ts';
import { BROWSER_KEY } from '../support/ofrep-client.ts';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

/** `examples/web-sdk` as its README builds it. @param weir where flags are; empty: where the page is */
function site(weir: () => string) {
  const bundle = buildSync({
    entryPoints: [fileOf('web-sdk/page.js')],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const html = readFileSync(fileOf('web-sdk/index.html'), 'utf8').replace('page-key', BROWSER_KEY);
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/page.js')
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(html.replace('data-weir=""', `data-weir="${weir()}"`));
  };
}

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), the example page',
  () => {
    let origin: HttpOrigin;
    let elsewhere: HttpOrigin;
    let weir: FlagWeir;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      weir = await startFlagWeir();
      [origin, elsewhere] = await Promise.all([
        startOrigin(site(() => '')),
        startOrigin(site(() => weir.url)),
      ]);
      const document = { variants: { stable: { origin: origin.url } } };
      await weir.putKv('rollout:default', JSON.stringify(document));
      const flags = JSON.parse(readFileSync(fileOf('flags.json'), 'utf8')) as object;
      await weir.putFlags(JSON.stringify({ ...flags, $origins: [elsewhere.url] }), 'banner', 'Welcome');
      await eventually('the site', async () => (await fetch(weir.url)).status === 200);
      browser = await startBrowser();
      page = await (await newPerson(browser)).newPage();
    });
    afterAll(async () => {
      await browser.close();
      await weir.stop();
      await Promise.all([origin.close(), elsewhere.close()]);
    });

    const shown = async (): Promise<string> =>
      `${await page.innerText('#banner')}, ${await page.innerText('#checkout')}`;

    it('behind Weir shows what the origin was told of the same visitor', async () => {
      // The first visit brings the cookie, which is the unit from then on.
      await page.goto(weir.url);
      await page.reload();
      await page.waitForFunction(
        "document.querySelector('#why').textContent === 'SPLIT' || document.querySelector('#why').textContent === 'DEFAULT'",
      );
      const told = origin.seen.findLast(({ path }) => path === '/')?.header('x-weir-flags');
      expect(await shown()).toBe(`Welcome, ${told === 'new-checkout=on' ? 'new' : 'old'}`);
    });

    it('shows the new checkout as soon as the user is pro', async () => {
      await page.click('#upgrade');
      await page.waitForFunction("document.querySelector('#why').textContent === 'TARGETING_MATCH'");
      expect(await shown()).toBe('Welcome, new');
    });

    it('on another origin, which the document names, reads its flags all the same', async () => {
      await page.goto(elsewhere.url);
      await page.waitForFunction("document.querySelector('#banner').textContent === 'Welcome'");
      await page.click('#upgrade');
      await page.waitForFunction("document.querySelector('#why').textContent === 'TARGETING_MATCH'");
      expect(await shown()).toBe('Welcome, new');
    });
  },
);
