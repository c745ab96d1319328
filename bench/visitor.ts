/** A browser that opens a page: the same headers from every contestant's visitor, cookie aside. */
import { get } from 'node:http';

export type Headers = Readonly<Record<string, string>>;

/** A navigation as the platform hands it to a Worker, which includes the client's address. */
export const BROWSER = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-NZ,en;q=0.9,mi;q=0.8',
  'sec-ch-ua': '"Chromium";v="142", "Not_A Brand";v="99"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
  referer: 'http://shop.example/',
  'cf-connecting-ip': '203.0.113.7',
  // The app's own: a new visitor of a proxy is rarely one without any cookie.
  cookie: '_ga=GA1.1.1234567890.1790000000; theme=dark; session=6f1d3c0e9a7b4d52',
} as const satisfies Headers;

export const PATH = '/products/42?from=search';

export interface Answer {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly body: string;
}

/** One request with exactly these headers; `fetch` would add its own. */
export function visit(url: string, headers: Headers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false, timeout: 10_000 }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          setCookie: response.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString('latin1'),
        }),
      );
    });
    request.once('timeout', () => request.destroy(new Error(`no answer from ${url} within 10 s`)));
    request.once('error', reject);
  });
}

/** The headers of a visitor who comes back with the cookie that this `Set-Cookie` set. */
export function returning(setCookie: string): Headers {
  return { ...BROWSER, cookie: `${BROWSER.cookie}; ${setCookie.split(';', 1)[0] ?? ''}` };
}
