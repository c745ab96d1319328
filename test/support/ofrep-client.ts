/** Questions over OFREP, and their answers, as they are on the wire. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export const SERVER_KEY = 'server-key-for-tests';
export const BROWSER_KEY = 'browser-key-for-tests';
export const FLAG_KEYS = `api:server:${SERVER_KEY},shop:browser:${BROWSER_KEY}`;

const PATH = '/__weir/ofrep/v1/evaluate/flags';

export interface OfrepItem {
  readonly key: string;
  readonly value?: unknown;
  readonly variant?: string;
  readonly reason?: string;
  readonly errorCode?: string;
  readonly errorDetails?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface OfrepReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** @throws if it isn't JSON */
  json(): OfrepItem & { readonly flags?: OfrepItem[] };
}

export interface Question {
  /** One flag, as it is to stand in the path; all of them without it. */
  readonly flag?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Sent instead of a context. */
  readonly body?: string;
  /** null is none. */
  readonly key?: string | null;
  readonly method?: string;
  /** Host included. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function evaluate(url: string, question: Question = {}): Promise<OfrepReply> {
  const { flag, context = {}, key = SERVER_KEY, method = 'POST', headers = {} } = question;
  const path = flag === undefined ? PATH : `${PATH}/${flag}`;
  const body = method === 'POST' ? (question.body ?? JSON.stringify({ context })) : '';
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, {
      method,
      // Of its own: what was too large to be read costs its connection.
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('response', response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode = 0 } = response;
        resolve({
          status: statusCode,
          headers: response.headers,
          text,
          json: () => JSON.parse(text) as ReturnType<OfrepReply['json']>,
        });
      });
    });
    request.end(body);
  });
}

/** Keys and values of a bulk answer; a flag without a value is undefined. */
export function valuesOf(reply: OfrepReply): Record<string, unknown> {
  return Object.fromEntries((reply.json().flags ?? []).map(({ key, value }) => [key, value]));
}
