/** Looks again and again until Ctrl-C; a look that fails is shown and tried again. */
import { setTimeout } from 'node:timers/promises';
import type { RolloutStatus } from '../src/core/rollout/status.ts';
import type { Answer } from './client.ts';
import { statusText } from './text/status.ts';

const CLEAR = '\x1b[H\x1b[2J';

/** @returns the refusal that ended it; undefined when the person ended it */
export async function watch(
  look: () => Promise<Answer<RolloutStatus>>,
  intervalMs: number,
  asJson: boolean,
): Promise<Answer<RolloutStatus> | undefined> {
  const stopped = new AbortController();
  const stop = (): void => {
    stopped.abort();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const clear = process.stdout.isTTY && !asJson ? CLEAR : '';
  while (!stopped.signal.aborted) {
    const answer = await look();
    switch (answer.kind) {
      case 'ok':
        console.log(asJson ? JSON.stringify(answer.value) : clear + statusText(answer.value, Date.now()));
        break;
      case 'unreachable':
        console.error(`weir: cannot be reached (${answer.reason}); trying again`);
        break;
      case 'refused':
        return answer;
    }
    await setTimeout(intervalMs, undefined, { signal: stopped.signal }).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
  }
  return undefined;
}
