/** Visitors who keep coming, to two origins that behave as told. */
import { startOrigin, type Origin } from '../../demo/origin.ts';
import { playTraffic } from '../../demo/visitors.ts';

export interface LiveOrigins {
  readonly stable: Origin;
  readonly canary: Origin;
  document(change?: object): string;
  close(): Promise<void>;
}

export async function startLiveOrigins(): Promise<LiveOrigins> {
  const [stable, canary] = await Promise.all([
    startOrigin({ variant: 'stable', port: 0, version: '2026-11-20.4', delayMs: 20 }),
    startOrigin({ variant: 'canary', port: 0, version: '2026-11-23.1', delayMs: 24 }),
  ]);
  return {
    stable,
    canary,
    document: change =>
      JSON.stringify({
        variants: {
          stable: { origin: stable.url, version: '2026-11-20.4' },
          canary: { origin: canary.url, version: '2026-11-23.1' },
        },
        ...change,
      }),
    async close() {
      await Promise.all([stable.close(), canary.close()]);
    },
  };
}

/** @returns a function that sends the visitors home */
export function startVisitors(url: string, rps = 40): () => Promise<void> {
  const leaving = new AbortController();
  const playing = playTraffic({ url, rps, visitors: 200, signal: leaving.signal });
  return async () => {
    leaving.abort();
    await playing;
  };
}
