/** Whether an origin is there at all, before the first visitor is sent to it. */
import type { Probe } from '../core/delivery/event.ts';
import type { Variant } from '../core/rollout/compile.ts';
import { within } from './waiting.ts';

const PROBE_MS = 5000;

/**
 * One request for `/`, redirects not followed. Any answer will do, also an error: what it is worth is
 * for the judge to say.
 */
export async function probe({ origin, headers }: Pick<Variant, 'origin' | 'headers'>): Promise<Probe> {
  try {
    const response = await within(
      PROBE_MS,
      fetch(`${origin}/`, {
        redirect: 'manual',
        headers: { 'user-agent': 'weir-probe', ...Object.fromEntries(headers) },
      }),
    );
    await response.body?.cancel();
    // Made by Cloudflare, for an origin that gave none.
    const isMissing = response.status === 530 || (response.status >= 520 && response.status <= 526);
    return { answers: !isMissing, text: `status ${response.status}` };
  } catch (error) {
    // The runtime's message may name hosts and ports: it goes to operators only.
    return {
      answers: false,
      text: error instanceof Error ? error.message.slice(0, 200) : 'no answer',
    };
  }
}
