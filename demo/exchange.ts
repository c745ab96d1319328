/** One request and its answer, and the few ways in which an origin answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Identity {
  readonly variant: string;
  readonly version: string;
}

export interface Exchange extends Identity {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Host and port by which the client reached this origin. */
  readonly ownHost: string;
  /** Aborted when the client left or the answer is complete: whatever still runs must stop. */
  readonly gone: AbortSignal;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** Leaves node:http to work out Content-Length, which it does unless `writeHead` has been called. */
export function send({ response }: Exchange, status: number, contentType: string, body: string): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  response.end(body);
}

export function sendText(exchange: Exchange, status: number, text: string): void {
  send(exchange, status, 'text/plain; charset=utf-8', `${text}\n`);
}

export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  send(exchange, status, 'application/json', `${JSON.stringify(value)}\n`);
}

/** Problem details (RFC 9457). `extra` holds extension members. */
export function sendProblem(
  exchange: Exchange,
  status: number,
  title: string,
  detail: string,
  extra: Record<string, unknown> = {},
): void {
  const problem = { type: 'about:blank', title, status, detail, ...extra };
  send(exchange, status, 'application/problem+json', `${JSON.stringify(problem)}\n`);
}

/** The body in chunks. Leaving the loop keeps the connection open, as a refusal still needs it. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/** A whole number from the query. Undefined when it is out of bounds; then a 400 has been sent. */
export function queryNumber(exchange: Exchange, name: string, rule: NumberRule): number | undefined {
  const text = exchange.url.searchParams.get(name);
  if (text === null) return rule.fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= rule.min && value <= rule.max) return value;
  sendProblem(exchange, 400, 'Bad query', `${name} must be a whole number from ${rule.min} to ${rule.max}`);
  return undefined;
}

/** Resolves to false, at once, when the signal aborts before the time is over. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const leave = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', leave, { once: true });
  });
}
