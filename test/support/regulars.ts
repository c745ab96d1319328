/** Visitors who come back again and again, at a steady rate, and remember what became of each visit. */
import { Agent, request as httpRequest } from 'node:http';
import { NAVIGATION } from './client.ts';
import { cookieOf, drawId, placeOf } from './placed.ts';

export interface Visit {
  /** Milliseconds since the first visit of all. */
  readonly at: number;
  readonly ms: number;
  /** 0 for none. */
  readonly status: number;
  /** Why there was none. */
  readonly error: string;
  /** What the origin that answered called itself in `x-served-by`. */
  readonly servedBy: string;
}

export interface Regulars {
  readonly visits: readonly Visit[];
  /** Sends them home, once every answer is there. */
  leave(): Promise<void>;
}

/** The runtime closes a connection that is idle for 5 s: one that is about to be closed is not used again. */
const IDLE_MS = 3000;

/**
 * Cookies of visitors who have been here before, evenly spread over the split of that salt: by chance alone one
 * crowd of 200 in forty has fewer than five on a canary of 5 %, which are too few for a limit.
 */
function crowd(salt: string, size: number): string[] {
  const ids = new Map<number, string>();
  while (ids.size < size) {
    const id = drawId();
    ids.set(Math.floor(placeOf(id, salt) * size), id);
  }
  return [...ids.values()].map(cookieOf);
}

/**
 * @param host names the rollout, whose candidate is version 1
 * @param rps visits per second, all visitors together
 */
export function startRegulars(url: string, host: string, rps: number, visitors = 200): Regulars {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: IDLE_MS });
  const visits: Visit[] = [];
  const under = new Set<Promise<void>>();
  const cookies = crowd(`${host}@1`, visitors);
  const start = performance.now();
  let sent = 0;
  const visit = (cookie: string, begin = performance.now()): Promise<void> =>
    new Promise(resolve => {
      const note = (status: number, servedBy: string, error = ''): void => {
        visits.push({ at: begin - start, ms: performance.now() - begin, status, servedBy, error });
        resolve();
      };
      const request = httpRequest(url, { agent, headers: { ...NAVIGATION, host, cookie } }, response => {
        const { statusCode = 0, headers } = response;
        response.resume();
        response.on('end', () => note(statusCode, String(headers['x-served-by'] ?? '')));
        response.on('error', error => note(0, '', String(error)));
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that was closed at this very moment: as browsers do, once more on another one.
        if (request.reusedSocket && error.code === 'ECONNRESET') resolve(visit(cookie, begin));
        else note(0, '', String(error));
      });
      request.end();
    });
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * rps);
    // A machine that stood still doesn't bring everyone at once.
    if (due - sent > rps / 4) sent = due - 1;
    for (; sent < due; sent++) {
      const going = visit(cookies[sent % visitors]!).finally(() => under.delete(going));
      under.add(going);
    }
  }, 10);
  return {
    visits,
    async leave() {
      clearInterval(timer);
      await Promise.all(under);
      agent.destroy();
    },
  };
}
