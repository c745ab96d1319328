/** What a visitor's request came to, for metrics and breaker. Beside the way: nothing here throws. */
import type { BreakerOutcome } from '../core/rollout/breaker.ts';
import type { FailoverResult } from '../core/metrics/outcome.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Variant } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { Delivery } from '../edge/delivery.ts';
import type { ResponseFacts } from '../edge/public-response.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import { mayHaveLeft, type Passage } from './passage.ts';
import { errorOfResult } from './proxy-answers.ts';
import { settle, type Watch } from './watch.ts';

/** Once for each request, against the variant that it was assigned to. */
export function count(
  active: Active,
  { decision, start }: { readonly decision: Decision; readonly start: number },
  watch: Watch,
  result: UpstreamResult,
  { isCached }: ResponseFacts,
  passage: Passage,
  end: number,
  { recorder, versions }: Delivery,
): void {
  try {
    // Counted when it was diverted.
    if (watch.kind === 'diverted') return;
    const status = result.kind === 'answer' ? result.response.status : 0;
    const { name, versionHeader } = decision.variant;
    if (versionHeader !== '' && result.kind === 'answer' && !isCached)
      versions.see(name, result.response.headers.get(versionHeader));
    const error = errorOfResult(result);
    recorder.record(active, { decision, status, error, ms: end - start, isCached });
    if (settle(watch, outcomeOf(result, isCached, passage), end))
      recorder.breakerOpened(decision.variant.name);
  } catch (error) {
    logDefect('counting', error);
  }
}

function outcomeOf(result: UpstreamResult, isCached: boolean, passage: Passage): BreakerOutcome {
  if (isCached) return 'unknown';
  if (errorOfResult(result) === undefined) return 'success';
  return result.kind === 'connect' && mayHaveLeft(passage) ? 'unclear' : 'error';
}

export function countFailover(variant: Variant, result: FailoverResult, { recorder }: Delivery): void {
  try {
    recorder.failedOver(variant.name, result);
  } catch (error) {
    logDefect('counting', error);
  }
}

export function logDefect(what: string, error: unknown): void {
  console.error(JSON.stringify({ message: `${what} failed`, error: String(error) }));
}
