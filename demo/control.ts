/**
 * Changes an origin's behaviour while it runs: the endpoint that the origin serves, and the call
 * with which `npm run demo` reaches an origin that another process started.
 */
import type { Behaviour, BehaviourChange, ChangeResult } from './behaviour.ts';
import { bodyOf, type Exchange, sendJson, sendProblem } from './exchange.ts';

export const CONTROL_PATH = '/__demo/behaviour';

const MAX_BODY_BYTES = 4096;
const PROBE_TIMEOUT_MS = 2000;

export interface Controlled {
  readonly behaviour: Behaviour;
  change(change: unknown): ChangeResult;
}

export async function serveControl(exchange: Exchange, controlled: Controlled): Promise<void> {
  const { request, variant, version } = exchange;
  const refuse = (status: number, title: string, detail: string): void =>
    sendProblem(exchange, status, title, detail, { inForce: controlled.behaviour });

  // The proxy always says which variant it chose; visitors of the proxy must not control origins.
  if (request.headers['x-weir-variant'] !== undefined) {
    refuse(403, 'Not through the proxy', 'Call this endpoint on the origin itself');
    return;
  }
  if (request.method === 'GET') {
    sendJson(exchange, 200, { variant, version, ...controlled.behaviour });
    return;
  }
  if (request.method !== 'POST') {
    exchange.response.setHeader('allow', 'GET, POST');
    refuse(405, 'Method not allowed', 'Expected GET or POST');
    return;
  }
  // A web page elsewhere can post text to 127.0.0.1 unasked, but JSON only after a preflight, which fails.
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    refuse(415, 'Unsupported media type', 'Expected content-type: application/json');
    return;
  }
  const body = await readBody(exchange);
  if (body === undefined) {
    exchange.response.setHeader('connection', 'close');
    refuse(413, 'Body too large', `Expected at most ${MAX_BODY_BYTES} bytes`);
    return;
  }
  const result = controlled.change(parseJson(body));
  if (!result.ok) {
    refuse(400, 'Bad behaviour', `Expected ${result.expected}; nothing was changed`);
    return;
  }
  sendJson(exchange, 200, { variant, version, ...result.behaviour });
}

async function readBody({ request }: Exchange): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(request)) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an object either: the check of the behaviour says what it expected
  }
}

export type Takeover =
  | { readonly kind: 'changed'; readonly behaviour: Behaviour }
  | { readonly kind: 'other-variant'; readonly variant: string }
  | { readonly kind: 'foreign' };

/** Asks whatever listens on `port` who it is and, if it is this variant's origin, changes it. */
export async function changeRunning(
  port: number,
  variant: string,
  change: BehaviourChange,
): Promise<Takeover> {
  const url = `http://127.0.0.1:${port}${CONTROL_PATH}`;
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    const asked = await fetch(url, { redirect: 'error', signal });
    const found = asked.headers.get('x-demo-variant');
    await asked.body?.cancel();
    if (found === null) return { kind: 'foreign' };
    if (found !== variant) return { kind: 'other-variant', variant: found };

    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(change);
    const changed = await fetch(url, { method: 'POST', redirect: 'error', headers, body, signal });
    if (!changed.ok) return { kind: 'foreign' };
    const { errorRate, delayMs } = (await changed.json()) as Behaviour;
    return { kind: 'changed', behaviour: { errorRate, delayMs } };
  } catch {
    return { kind: 'foreign' }; // it does not speak HTTP, or not in time: no origin of ours
  }
}
