/** Visitors over real sockets: a keep-alive client with browser-like headers, and cookie jars. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Milliseconds to the response headers, as this client saw them. */
  readonly ms: number;
}

/** The runtime closes a connection that is idle for 5 s: one that is about to be closed is not used again. */
const IDLE_MS = 3000;
const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: IDLE_MS });

export const NAVIGATION = {
  accept: 'text/html',
  'sec-fetch-dest': 'document',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
};

/** One exchange, redirects not followed. `headers` are sent as they are, Host included. */
export function get(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const request = httpRequest(url, { agent, method, headers }, response => {
      const ms = performance.now() - start;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
          ms,
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

/** A visitor who keeps the cookies they are given and loads pages. */
export class Visitor {
  cookie: string | undefined;

  async visit(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await get(url, {
      ...NAVIGATION,
      ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
      ...headers,
    });
    const set = answer.headers['set-cookie']?.find(cookie => /^(?:__Host-)?weir=/.test(cookie));
    if (set !== undefined) this.cookie = set.split(';')[0];
    return answer;
  }
}

/** Runs `work` for every index below `count`, at most `concurrency` at a time. */
export async function inParallel<T>(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  return results;
}
