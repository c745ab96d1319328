/** An origin that leads back to Weir is refused; one that is another Weir is an origin like any other. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, startOrigin, type HttpOrigin } from '../support/origin.ts';
import { ask } from '../support/raw-client.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let outer: TestWeir;
let inner: TestWeir;
let origin: HttpOrigin;
const host = 'shop.example';
beforeAll(async () => {
  [outer, inner, origin] = await Promise.all([startTestWeir(), startTestWeir(), startOrigin()]);
  await serve(outer, 'default', inner.url, 'outer');
  await serve(inner, 'default', origin.url, 'inner');
});
beforeEach(() => {
  origin.seen.length = 0;
  origin.answer = (_, response) => response.end('ok');
});
afterAll(async () => {
  await Promise.all([outer.stop(), inner.stop()]);
  await origin.close();
});

async function serve(weir: TestWeir, rollout: string, url: string, cookie = 'weir'): Promise<void> {
  const document = { variants: { stable: { origin: url } }, sticky: { cookie: { name: cookie } } };
  await weir.putKv(`rollout:${rollout}`, JSON.stringify(document));
}

describe('a loop', () => {
  it('of a Weir that is its own origin gives 508, not a hang, and names no host', async () => {
    const own = await startTestWeir();
    await serve(own, 'default', own.url);
    for (const asked of [host, new URL(own.url).host]) {
      const answer = await ask(own.url, { host: asked });
      expect(answer.status).toBe(508);
      expect(answer.header('content-type')).toBe('application/problem+json');
      expect(answer.header('cache-control')).toBe('no-store');
      expect(answer.text).not.toContain(new URL(own.url).host);
    }
    await own.stop();
  });

  it("of two Weirs that are each other's origin gives 508", async () => {
    const [one, other] = await Promise.all([startTestWeir(), startTestWeir()]);
    await Promise.all([serve(one, 'default', other.url), serve(other, 'default', one.url)]);
    expect((await ask(one.url, { host })).status).toBe(508);
    await Promise.all([one.stop(), other.stop()]);
  });

  it.each([
    ['the host itself', host],
    ['eight hosts', 'a, b, c, d, e, f, g, h'],
  ])('that a client pretends, with %s, refuses that client only', async (_, hops) => {
    expect((await ask(outer.url, { host, headers: [['x-weir-hop', hops]] })).status).toBe(508);
    expect((await ask(outer.url, { host })).status).toBe(200);
    expect(origin.seen).toHaveLength(1);
  });
});

describe('a Weir in front of another', () => {
  it('serves what the origin behind both says, to which each tells what it decided', async () => {
    const answer = await ask(outer.url, { host, path: '/a?b=%2F' });
    expect([answer.status, answer.text]).toEqual([200, 'ok']);
    const seen = origin.only();
    expect(seen.path).toBe('/a?b=%2F');
    expect(seen.all('x-weir-variant')).toEqual(['stable']);
    expect(seen.all('x-forwarded-host')).toEqual([new URL(inner.url).host]);
  });

  it('passes uploads and redirects through both', async () => {
    origin.answer = (request, response) => {
      void bodyOf(request).then(body => {
        response.writeHead(303, { location: `${origin.url}/done`, 'x-got': body.toString() }).end();
      });
    };
    const answer = await ask(outer.url, { host, method: 'POST', body: 'a=b' });
    expect(answer.status).toBe(303);
    expect(answer.header('x-got')).toBe('a=b');
    expect(answer.header('location')).toBe(`http://${host}/done`);
  });

  it('keeps a visitor of its own: each sets its cookie once', async () => {
    const first = await ask(outer.url, { host });
    const cookies = first.all('set-cookie').map(cookie => cookie.split(';')[0]!);
    expect(cookies.map(cookie => cookie.split('=')[0])).toEqual(['inner', 'outer']);
    const second = await ask(outer.url, { host, headers: [['cookie', cookies.join('; ')]] });
    expect(second.all('set-cookie')).toEqual([]);
  });
});
