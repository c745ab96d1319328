/** Weir's flags as apps ask for them: OFREP over real sockets, without any SDK. */
import { eventually } from './eventually.ts';
import { startTestWeir, type TestWeir } from './weir.ts';

/** Keys by who holds them. */
export const FLAG_SECRETS = { server: 'server-key-of-the-tests', browser: 'browser-key-of-the-tests' };

export interface OfrepRequest {
  readonly method?: string;
  /** Default: the server's key. Null: none. */
  readonly secret?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as the body; a text as it is. */
  readonly body?: unknown;
}

export interface OfrepAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** @throws if the body is no JSON */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface FlagWeir extends TestWeir {
  /** What OFREP clients are given as their base URL. */
  readonly baseUrl: string;
  /** Puts a document into KV and waits until `key` answers by it. */
  putFlags(
    document: object | string,
    key: string,
    isInForce: (answer: OfrepAnswer) => boolean,
  ): Promise<void>;
  /** @param key of a flag; undefined asks for all */
  ask(key?: string, request?: OfrepRequest): Promise<OfrepAnswer>;
}

export async function startFlagWeir(variables: Readonly<Record<string, string>> = {}): Promise<FlagWeir> {
  const { server, browser } = FLAG_SECRETS;
  const weir = await startTestWeir({
    variables: { FLAG_KEYS: `backend:server:${server},page:browser:${browser}`, ...variables },
  });
  const baseUrl = `${weir.url}/__weir`;
  const ask: FlagWeir['ask'] = (key, request = {}) => ofrep(baseUrl, key, request);
  return {
    ...weir,
    baseUrl,
    ask,
    async putFlags(document, key, isInForce) {
      await weir.putKv('flags:default', typeof document === 'string' ? document : JSON.stringify(document));
      await eventually('the flags in force', async () => isInForce(await ask(key)));
    },
  };
}

async function ofrep(baseUrl: string, key: string | undefined, request: OfrepRequest): Promise<OfrepAnswer> {
  const { method = 'POST', secret = FLAG_SECRETS.server, headers = {}, body = { context: {} } } = request;
  const path = `${baseUrl}/ofrep/v1/evaluate/flags${key === undefined ? '' : `/${key}`}`;
  const response = await fetch(path, {
    method,
    headers: {
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
      ...headers,
    },
    ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}
