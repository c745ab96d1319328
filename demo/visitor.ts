/** One visitor: a browser-like navigation, a cookie jar, and the variant seen last. */
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { finished } from 'node:stream/promises';

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly variant: string | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

const HEADERS = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
};

/** An answer that takes longer counts as failed; also the bound for a body that never ends. */
const TIMEOUT_MS = 30_000;
const MAX_COOKIES = 50;
const MAX_COOKIE_LENGTH = 4096;

export class Visitor {
  readonly #jar = new Map<string, string>();
  lastVariant: string | undefined;

  async visit(target: URL, agent: Agent, signal: AbortSignal): Promise<Answer> {
    try {
      const response = await this.#get(target, agent, signal);
      await finished(response.resume()); // only a complete answer counts; its content does not
      for (const line of response.headers['set-cookie'] ?? []) this.#keep(line);
      const variant = response.headers['x-demo-variant'];
      return {
        kind: 'answered',
        status: response.statusCode ?? 0,
        variant: typeof variant === 'string' ? variant.slice(0, 64) : undefined,
      };
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #get(target: URL, agent: Agent, signal: AbortSignal, isRetry = false): Promise<IncomingMessage> {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = cookie === '' ? HEADERS : { ...HEADERS, cookie };
    const outgoing = request(target, { agent, headers, signal });
    try {
      return await answerTo(outgoing);
    } catch (error) {
      // The server closed an idle connection just as it was used again: no failure that a browser shows.
      const isStale = outgoing.reusedSocket && error instanceof Error && 'code' in error;
      if (!isStale || error.code !== 'ECONNRESET' || isRetry || signal.aborted) throw error;
      return this.#get(target, agent, signal, true);
    }
  }

  /** Name and value only: all requests go to one host. `Max-Age=0`, or less, deletes. */
  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const equals = pair.indexOf('=');
    if (equals < 1 || pair.length > MAX_COOKIE_LENGTH) return;
    const name = pair.slice(0, equals).trim();
    this.#jar.delete(name);
    if (attributes.some(attribute => /^\s*max-age\s*=\s*(?:0+|-\d+)\s*$/i.test(attribute))) return;
    if (this.#jar.size < MAX_COOKIES) this.#jar.set(name, pair.slice(equals + 1).trim());
  }
}

function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}
