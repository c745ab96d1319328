/**
 * Plays visitors at a fixed rate: requests leave when they are due, however slow the answers are
 * (an open loop, so a slow origin can't hide by slowing the load down). Each visitor does one
 * thing at a time, as two first requests at once may see two variants before there is a cookie.
 */
import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { type Summary, Tally } from './tally.ts';
import { Visitor } from './visitor.ts';

export type { Latency, Summary, VariantSummary } from './tally.ts';

export const MAX_RPS = 10_000;
export const MAX_VISITORS = 100_000;

export interface TrafficOptions {
  /** Loopback only; `loopbackTarget` says why. */
  readonly url: string | URL;
  readonly rps: number;
  readonly visitors: number;
  readonly path?: string;
  /** Without it, traffic ends with the signal. */
  readonly durationMs?: number;
  readonly signal?: AbortSignal;
  readonly onSecond?: (sofar: Summary) => void;
}

const TICK_MS = 10;
const MAX_CONNECTIONS = 1000;

/**
 * The address to ask. Throws a RangeError for anything but plain HTTP to this machine: a load tool
 * must not hit others by a slip in an address.
 */
export function loopbackTarget(url: string | URL, path = '/api/whoami'): URL {
  const base = URL.parse(url.toString());
  const isLoopback = base !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(base.hostname);
  if (!isLoopback || base.protocol !== 'http:' || base.username !== '' || base.password !== '') {
    throw new RangeError('Expected an http:// address of this machine, such as http://localhost:8787.');
  }
  const target = URL.parse(path, base.href);
  if (!path.startsWith('/') || target === null || target.origin !== base.origin) {
    throw new RangeError('Expected a path that starts with a single "/".');
  }
  return target;
}

export async function playTraffic(options: TrafficOptions): Promise<Summary> {
  const { rps, durationMs = Number.POSITIVE_INFINITY, signal, onSecond } = options;
  const target = loopbackTarget(options.url, options.path);
  if (!(rps > 0 && rps <= MAX_RPS)) throw new RangeError(`Expected rps up to ${MAX_RPS}`);
  if (!(options.visitors >= 1 && options.visitors <= MAX_VISITORS)) {
    throw new RangeError(`Expected 1 to ${MAX_VISITORS} visitors`);
  }

  const tally = new Tally();
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one per request in flight
  const idle = Array.from({ length: options.visitors }, () => new Visitor());
  const seen = new WeakSet<Visitor>();
  const inFlight = new Set<Promise<void>>();

  const play = async (visitor: Visitor): Promise<void> => {
    const sentAt = performance.now();
    const answer = await visitor.visit(target, agent, stop.signal);
    idle.push(visitor);
    if (answer.kind === 'failed') {
      if (!stop.signal.aborted) tally.failed(answer.reason); // else we left, they did not fail
      return;
    }
    const { variant, status } = answer;
    const isFlip = variant !== undefined && (visitor.lastVariant ?? variant) !== variant;
    visitor.lastVariant = variant ?? visitor.lastVariant;
    tally.answered(variant, status, performance.now() - sentAt, isFlip);
  };

  const sendOne = (): void => {
    const visitor = takeRandom(idle);
    if (visitor === undefined) {
      tally.unsent += 1;
      return;
    }
    if (!seen.has(visitor)) tally.visitors += 1;
    seen.add(visitor);
    const playing = play(visitor).finally(() => inFlight.delete(playing));
    inFlight.add(playing);
  };

  const reporter = setInterval(() => onSecond?.(tally.summary()), 1000);
  await pace({ rps, durationMs, signal }, sendOne);
  if (signal?.aborted === true) stop.abort();
  await Promise.all(inFlight);
  clearInterval(reporter);
  agent.destroy();
  return tally.summary();
}

interface Pace {
  readonly rps: number;
  readonly durationMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Calls `send` as often as is due by the clock, so that late timers don't lower the rate. */
function pace({ rps, durationMs, signal }: Pace, send: () => void): Promise<void> {
  const startedAt = performance.now();
  let sent = 0;
  return new Promise(resolve => {
    const ticker = setInterval(() => {
      const elapsed = performance.now() - startedAt;
      const due = Math.floor((Math.min(elapsed, durationMs) * rps) / 1000);
      for (; sent < due && signal?.aborted !== true; sent++) send();
      if (elapsed < durationMs && signal?.aborted !== true) return;
      clearInterval(ticker);
      resolve();
    }, TICK_MS);
  });
}

/** Random, so that new and returning visitors mix as they do in real traffic. */
function takeRandom(idle: Visitor[]): Visitor | undefined {
  const index = Math.floor(Math.random() * idle.length);
  const chosen = idle[index];
  const last = idle.pop();
  if (last !== undefined && last !== chosen) idle[index] = last;
  return chosen;
}
