import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';
import { get, NAVIGATION } from '../support/client.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let origin: HttpOrigin;
let weir: TestWeir;
const TODAY = Math.floor(Date.now() / 86_400_000);

beforeAll(async () => {
  origin = await startOrigin((request, response) => {
    const cacheControl = new URL(request.url ?? '/', 'http://origin').searchParams.get('cc');
    response.writeHead(200, cacheControl === null ? {} : { 'cache-control': cacheControl }).end('ok');
  });
  weir = await startTestWeir({ variables: { STABLE_ORIGIN: origin.url, CANARY_ORIGIN: origin.url } });
});
afterAll(async () => {
  await weir.stop();
  await origin.close();
});

const FETCH = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' };
const ask = (headers: Record<string, string>, query = '', method = 'GET') =>
  get(`${weir.url}/${query}`, headers, method);
const cookieOf = (answer: { headers: { 'set-cookie'?: string[] | undefined } }) =>
  answer.headers['set-cookie']?.[0];

/** A cookie as this visitor got it, with its day changed. */
async function ownCookie(day = TODAY): Promise<string> {
  const pair = cookieOf(await ask(NAVIGATION))!.split(';')[0]!;
  return pair.replace(/\d+$/, String(day));
}

describe('a visitor without a cookie', () => {
  it('gets one with a page load', async () => {
    expect(cookieOf(await ask(NAVIGATION))).toMatch(
      /^weir=[\w-]{12}\.[\w-]{2}\.\d+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it.each([
    ['a page load told by Accept alone', { accept: 'text/html,*/*' }, '', 'GET', true],
    ['a fetch of a response that nobody may share', FETCH, '', 'GET', true],
    ['a fetch of a private response', FETCH, '?cc=private', 'GET', true],
    ['a fetch of a public response', FETCH, '?cc=public,max-age=60', 'GET', false],
    ['a fetch of a response for shared caches', FETCH, '?cc=s-maxage%3D60', 'GET', false],
    ['a fetch of an immutable response', FETCH, '?cc=max-age%3D60,%20immutable', 'GET', false],
    ['a page load of a public response', NAVIGATION, '?cc=public', 'GET', true],
    ['a prefetch', { ...NAVIGATION, 'sec-purpose': 'prefetch' }, '', 'GET', false],
    ['a prerender', { ...NAVIGATION, 'sec-purpose': 'prefetch;prerender' }, '', 'GET', false],
    ['a prefetch of older browsers', { ...NAVIGATION, purpose: 'prefetch' }, '', 'GET', false],
    [
      'a preflight',
      { origin: 'https://x.example', 'access-control-request-method': 'PUT' },
      '',
      'OPTIONS',
      false,
    ],
    [
      'a crawler',
      { ...NAVIGATION, 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' },
      '',
      'GET',
      false,
    ],
  ])('%s', async (_, headers, query, method, isSet) => {
    expect(cookieOf(await ask(headers, query, method)) !== undefined).toBe(isSet);
  });

  it.each([
    ['public', 'private'],
    ['public, max-age=60', 'private, max-age=60'],
    ['max-age=0, s-maxage=3600, must-revalidate', 'private, max-age=0, must-revalidate'],
    ['max-age=60', 'max-age=60'],
    ['no-store', 'no-store'],
  ])('turns %j on that one page into %j', async (cacheControl, expected) => {
    const answer = await ask(NAVIGATION, `?cc=${encodeURIComponent(cacheControl)}`);
    expect(answer.headers['cache-control']).toBe(expected);
    const again = await ask(
      { ...NAVIGATION, cookie: cookieOf(answer)!.split(';')[0]! },
      `?cc=${encodeURIComponent(cacheControl)}`,
    );
    expect(again.headers['cache-control']).toBe(cacheControl);
  });
});

describe('a visitor with a cookie', () => {
  it.each([
    ['of today keeps it as it is', 0, false],
    ['of yesterday keeps it as it is', 1, false],
    ['more than a day old has it renewed', 2, true],
    ['of a month ago has it renewed', 30, true],
  ])('%s', async (_, age, isSet) => {
    const cookie = await ownCookie(TODAY - age);
    const set = cookieOf(await ask({ ...NAVIGATION, cookie }));
    expect(set !== undefined).toBe(isSet);
    // The same visitor: only the day is new.
    if (set !== undefined) expect(set.split('.')[0]).toBe(cookie.split('.')[0]);
    if (set !== undefined) expect(set).toContain(`.${TODAY};`);
  });

  it.each([
    ['older than the maximum age', (cookie: string) => cookie.replace(/\d+$/, String(TODAY - 31))],
    ['from the future', (cookie: string) => cookie.replace(/\d+$/, String(TODAY + 9))],
    ['in quotes', (cookie: string) => cookie.replace('=', '="') + '"'],
    ['that names a variant', () => 'weir=canary'],
    ['with 16,000 characters', () => `weir=${'x'.repeat(8000)}`],
  ])('%s is a new visitor, never an error', async (_, spoil) => {
    const cookie = await ownCookie();
    const answer = await ask({ ...NAVIGATION, cookie: spoil(cookie) });
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)!.split('.')[0]).not.toBe(cookie.split('.')[0]);
  });

  it('keeps their own cookies on the way to the origin', async () => {
    origin.seen.length = 0;
    await ask({ ...NAVIGATION, cookie: 'session=1; theme=dark' });
    expect(origin.only().header('cookie')).toBe('session=1; theme=dark');
  });
});

describe('a visitor whose variant changed', () => {
  const conditional = {
    'if-none-match': '"1"',
    'if-modified-since': 'Mon, 23 Nov 2026 00:00:00 GMT',
    'if-range': '"1"',
    range: 'bytes=0-1',
  };

  it('is asked for whole pages for a day, so that no 304 and no range mixes two versions', async () => {
    const [changing, settled] = [
      await startTestWeir({ variables: { STABLE_ORIGIN: origin.url, CANARY_ORIGIN: origin.url } }),
      await ownCookie(),
    ];
    try {
      const send = async (cookie: string) => {
        origin.seen.length = 0;
        const answer = await get(changing.url, { ...NAVIGATION, ...conditional, cookie });
        return {
          set: cookieOf(answer),
          passed: Object.keys(conditional).filter(name => origin.only().header(name) !== undefined),
        };
      };
      await changing.putKv('weight:default', '100');
      const moved = await send(settled);
      expect(moved.set?.split('.')[0]).toBe(settled.split('.')[0]);
      expect(moved.passed).toEqual([]);
      const cookie = moved.set!.split(';')[0]!;
      expect(await send(cookie)).toEqual({ set: undefined, passed: [] });
      const twoDaysLater = await send(cookie.replace(/\d+$/, String(TODAY - 2)));
      expect(twoDaysLater.passed).toEqual(Object.keys(conditional));
    } finally {
      await changing.stop();
    }
  });

  it('otherwise keeps conditional requests as they are', async () => {
    const cookie = await ownCookie();
    origin.seen.length = 0;
    await ask({ ...NAVIGATION, ...conditional, cookie });
    for (const [name, value] of Object.entries(conditional)) expect(origin.only().header(name)).toBe(value);
  });
});
