import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_CHROMIUM, newPerson, startBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

/** A site whose page, script and image all tell the version, and which browsers may cache for an hour. */
function site(version: string, width: number) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const send = (type: string, body: string, cache: string): void =>
      void response.writeHead(200, { 'content-type': type, 'cache-control': cache }).end(body);
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/app.js') {
      send('text/javascript', `document.documentElement.dataset.script = '${version}';`, 'max-age=3600');
    } else if (path === '/image.svg') {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="1"/>`;
      send('image/svg+xml', svg, 'max-age=3600');
    } else {
      const body = `<p>${version}</p><img src="/image.svg"><a href="/next">next</a><script src="/app.js"></script>`;
      send('text/html', `<!doctype html><title>${version}</title>${body}`, 'max-age=60');
    }
  };
}
const WIDTHS: Readonly<Record<string, number>> = { stable: 10, canary: 20 };

/** The version of the page, of its script and of its image. */
async function versions(page: Page): Promise<(string | undefined)[]> {
  const width = await page
    .locator('img')
    .evaluate(image => (image as { naturalWidth?: number }).naturalWidth);
  const image = Object.keys(WIDTHS).find(version => WIDTHS[version] === width);
  const script = await page.locator('html').getAttribute('data-script');
  return [await page.locator('p').innerText(), script ?? undefined, image];
}
const all = (version: string) => [version, version, version];

describe.skipIf(!HAS_CHROMIUM)(
  'in a browser (skipped where /usr/bin/chromium is absent), an override link',
  () => {
    let stable: HttpOrigin;
    let canary: HttpOrigin;
    let weir: TestWeir;
    let browser: Browser;
    let person: BrowserContext;

    beforeAll(async () => {
      [stable, canary] = await Promise.all([
        startOrigin(site('stable', WIDTHS['stable'] ?? 0)),
        startOrigin(site('canary', WIDTHS['canary'] ?? 0)),
      ]);
      weir = await startTestWeir();
      const origins = { stable: { origin: stable.url }, canary: { origin: canary.url } };
      await weir.putKv('rollout:default', JSON.stringify({ variants: origins }));
      await weir.putKv('weight:default', '0');
      await eventually('the site', async () => (await fetch(weir.url)).status === 200);
      browser = await startBrowser();
      person = await newPerson(browser);
    });
    afterAll(async () => {
      await browser.close();
      await weir.stop();
      await Promise.all([stable.close(), canary.close()]);
    });

    async function linkTo(path: string, variant = 'canary'): Promise<string> {
      const body = JSON.stringify({ variant, path });
      const response = await weir.admin('/api/rollouts/default/overrides', { method: 'POST', body });
      return ((await response.json()) as { url: string }).url;
    }

    /** As from a chat. What the old tab holds in memory, no header makes it forget (docs/limits.md). */
    async function openInNewTab(link: string): Promise<Page> {
      const page = await person.newPage();
      await page.goto(link);
      return page;
    }

    it('shows the canary on every page and asset from then on, until off gives back their own variant', async () => {
      const before = await openInNewTab(`${weir.url}/start?a=1`);
      expect(await versions(before)).toEqual(all('stable'));

      const during = await openInNewTab(await linkTo('/start?a=1#part'));
      expect([during.url(), await versions(during)]).toEqual([`${weir.url}/start?a=1#part`, all('canary')]);
      stable.seen.length = 0;
      await during.getByRole('link').click();
      await during.waitForURL(`${weir.url}/next`);
      expect(await versions(during)).toEqual(all('canary'));
      await during.reload();
      expect(await versions(during)).toEqual(all('canary'));
      expect(stable.seen).toEqual([]);

      const after = await openInNewTab(`${weir.url}/start?a=1&weir=off`);
      expect([after.url(), await versions(after)]).toEqual([`${weir.url}/start?a=1`, all('stable')]);
      canary.seen.length = 0;
      await after.getByRole('link').click();
      await after.waitForURL(`${weir.url}/next`);
      expect(await versions(after)).toEqual(all('stable'));
      expect(canary.seen).toEqual([]);
      await Promise.all([before, during, after].map(page => page.close()));
    });

    it('changes the page at once in a tab that shows the same page, cached, already', async () => {
      const page = await openInNewTab(`${weir.url}/same`);
      await page.goto(await linkTo('/same'));
      expect(await page.locator('p').innerText()).toBe('canary');
      await page.goto(`${weir.url}/same?weir=off`);
      expect(await page.locator('p').innerText()).toBe('stable');
      await page.close();
    });

    it('tells no origin and no script of itself: neither parameter, nor cookie, nor referrer', async () => {
      const page = await person.newPage();
      for (const { seen } of [stable, canary]) seen.length = 0;
      await page.goto(await linkTo('/quiet'));
      expect(await versions(page)).toEqual(all('canary'));
      const script = await page.evaluate<string>('document.cookie + document.referrer');
      await page.goto(`${weir.url}/quiet?weir=off`);
      const told = [...stable.seen, ...canary.seen].flatMap(({ path, headers }) => [path, ...headers.flat()]);
      expect(told).toContain('/quiet');
      expect([...told, script].filter(text => /weir=canary|override|weir=off/.test(text))).toEqual([]);
      await page.close();
    });

    it('works for someone who has never been here and comes from another site', async () => {
      const stranger = await newPerson(browser);
      const chat = await startOrigin();
      const link = await linkTo('/start');
      chat.answer = (_, response) =>
        response.setHeader('content-type', 'text/html').end(`<a href="${link}">look</a>`);
      try {
        const page = await stranger.newPage();
        await page.goto(chat.url.replace('127.0.0.1', 'localhost'));
        await page.getByRole('link').click();
        await page.waitForURL(`${weir.url}/start`);
        expect(await versions(page)).toEqual(all('canary'));
      } finally {
        await stranger.close();
        await chat.close();
      }
    });

    it('that is not signed changes nothing, and the page has its clean address for the origin', async () => {
      const page = await person.newPage();
      stable.seen.length = 0;
      await page.goto(`${weir.url}/forged?weir=canary.1999999999.${'A'.repeat(43)}`);
      expect(await versions(page)).toEqual(all('stable'));
      expect(stable.seen[0]?.path).toBe('/forged');
      await page.close();
    });
  },
);
