import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxied, type Proxied } from '../support/proxied.ts';

let proxied: Proxied;
beforeAll(async () => {
  proxied = await startProxied({
    stable: { headers: { 'X-Key': '$secret:STABLE_KEY', 'X-Plain': 'as it is', Authorization: 'Weir 1' } },
    variables: { CLIENT_IP_HEADER: 'x-real-ip', STABLE_KEY: 's3cret' },
  });
});
beforeEach(() => proxied.reset());
afterAll(() => proxied.stop());

/** What the origin got for these headers of a client. */
async function seenFor(...headers: [name: string, value: string][]) {
  await proxied.ask({ headers });
  return proxied.origin.only();
}

describe('an origin is told', () => {
  it('the variant, the public host with its port, and the scheme', async () => {
    await proxied.ask({ host: 'Shop.example:8080' });
    const seen = proxied.origin.only();
    expect(seen.all('x-weir-variant')).toEqual(['stable']);
    expect(seen.all('x-forwarded-host')).toEqual(['Shop.example:8080']);
    expect(seen.all('x-forwarded-proto')).toEqual(['http']);
    expect(seen.all('host')).toEqual([proxied.origin.host]);
  });

  it.each([
    ['the one address', '203.0.113.9', '203.0.113.9'],
    ['an IPv6 address', '2001:db8::9', '2001:db8::9'],
    ['the last of a list, which the nearest proxy saw', '6.6.6.6, 198.51.100.1,203.0.113.9', '203.0.113.9'],
  ])("the client's address from the header that is set to hold it: %s", async (_, value, address) => {
    const seen = await seenFor(['X-Real-IP', value], ['X-Forwarded-For', '6.6.6.6']);
    expect(seen.all('x-forwarded-for')).toEqual([address]);
  });

  it('no address when that header is absent', async () => {
    expect((await seenFor(['X-Forwarded-For', '6.6.6.6'])).all('x-forwarded-for')).toEqual([]);
  });

  it("the document's headers, secrets included, whatever the client sent", async () => {
    const seen = await seenFor(['x-key', 'guess'], ['X-PLAIN', 'other'], ['authorization', 'Bearer mine']);
    expect(seen.all('x-key')).toEqual(['s3cret']);
    expect(seen.all('x-plain')).toEqual(['as it is']);
    expect(seen.all('authorization')).toEqual(['Weir 1']);
  });
});

describe("a client's own", () => {
  it.each([
    'x-weir-variant',
    'x-weir-flags',
    'x-weir-token',
    'x-weir-anything',
    'X-Weir-Variant',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
  ])('%s never reaches an origin', async name => {
    const seen = await seenFor([name, 'evil'], [name, 'evil again']);
    expect(seen.headers.filter(([, value]) => value.includes('evil'))).toEqual([]);
  });

  it.each([
    ['Proxy-Authorization', 'Basic x'],
    ['Proxy-Connection', 'keep-alive'],
    ['Proxy', 'http://evil.example'],
    ['Keep-Alive', 'timeout=5'],
    ['TE', 'trailers'],
    ['Trailer', 'x-sum'],
    ['Upgrade', 'h2c'],
    ['Expect', '100-continue'],
  ])('%s ends here: it is about this connection', async (name, value) => {
    expect((await seenFor([name, value])).all(name.toLowerCase())).toEqual([]);
  });

  it('headers that Connection names end here, on however many lines', async () => {
    const seen = await seenFor(
      ['Connection', 'keep-alive, X-One'],
      ['connection', ' x-two ,,'],
      ['x-one', '1'],
      ['x-two', '2'],
      ['x-three', '3'],
    );
    expect(seen.all('x-one').concat(seen.all('x-two'))).toEqual([]);
    expect(seen.all('x-three')).toEqual(['3']);
  });

  it.each([
    'cookie',
    'authorization',
    'x-key',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-for',
    'x-real-ip',
    'x-weir-variant',
    'x-weir-hop',
    'host',
  ])('Connection: %s removes nothing that an origin relies on', async name => {
    const headers: [string, string][] = [
      ['x-real-ip', '203.0.113.9'],
      ['cookie', 'session=1'],
    ];
    const [plain, named] = [
      await seenFor(...headers),
      (proxied.reset(), await seenFor(...headers, ['Connection', name])),
    ];
    expect(named.all(name)).toEqual(plain.all(name));
    expect(named.all(name)).toHaveLength(1);
  });

  it("Connection: content-length doesn't unframe the body", async () => {
    await proxied.ask({
      method: 'POST',
      body: 'abc',
      headers: [['Connection', 'content-length, transfer-encoding']],
    });
    expect(proxied.origin.only().all('content-length')).toEqual(['3']);
  });
});

describe('everything else a client sends', () => {
  it.each([
    ['bytes of UTF-8', 'caf\xc3\xa9'],
    ['bytes that are no UTF-8', 'caf\xe9 \xff'],
    ['nothing', ''],
    ['quotes and commas', '"a, b", c'],
    ['16 KB', 'x'.repeat(16_384)],
  ])('reaches the origin byte for byte: a header with %s', async (_, value) => {
    const seen = await seenFor(['X-Custom', value], ['Cookie', `a=${value}; b="${value}"`]);
    expect(seen.header('x-custom')).toBe(value);
    expect(seen.header('cookie')).toBe(`a=${value}; b="${value}"`);
  });

  it.each([
    ['Proxy-Status', 'a'],
    ['Proxyid', 'a'],
    ['Accept-Encoding', 'zstd, br;q=0.5'],
    ['If-None-Match', 'W/"a", "b"'],
    ['Range', 'bytes=0-1,5-'],
    ['User-Agent', 'curl/8'],
    ['Referer', 'http://shop.example/a'],
    ['Origin', 'null'],
  ])('reaches the origin unchanged: %s', async (name, value) => {
    expect((await seenFor([name, value])).header(name.toLowerCase())).toBe(value);
  });

  // A limit of the runtime (docs/limits.md).
  it('reaches the origin as one line where it was several: a known limit', async () => {
    const seen = await seenFor(['Accept', 'a'], ['Accept', 'b'], ['Cookie', 'a=1'], ['Cookie', 'b=2']);
    expect(seen.all('accept')).toEqual(['a, b']);
    expect(seen.all('cookie')).toEqual(['a=1, b=2']);
  });
});
