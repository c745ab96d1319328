/** A page that a candidate fails is asked for once more, of stable; nothing in the answer says so. */
import type { FailoverResult } from '../core/metrics/outcome.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { Rollout, Variant } from '../core/rollout/compile.ts';
import { discard, type UpstreamResult } from '../edge/upstream.ts';
import { isShowable } from './proxy-answers.ts';
import { askOrigin, isRepeatable, type Passage } from './passage.ts';

/** An override is a tester, who wants to see the variant as it is. */
export function mayFailOver(passage: Passage, rollout: Rollout, { variant, reason }: Decision): boolean {
  return variant.index !== 0 && reason !== 'override' && couldFailOver(passage, rollout);
}

/** Whether it may where a candidate is asked; stable is judged as if it had no longer than one. */
export function couldFailOver(passage: Passage, { proxy }: Rollout): boolean {
  return proxy.failoverAfterMs !== null && isRepeatable(passage);
}

/** Whether another origin could do better. Other 5xx (501, 505) are answers to what was asked. */
export function isFailure(result: UpstreamResult): boolean {
  if (result.kind !== 'answer') return true;
  const { status, headers } = result.response;
  switch (status) {
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return status >= 520 && status <= 530 && headers.get('server') === 'cloudflare';
  }
}

export interface Exchanged {
  readonly variant: Variant;
  readonly result: UpstreamResult;
}

/**
 * The second attempt. If it brings nothing that may be shown, the candidate's own answer stands,
 * which is why that isn't thrown away before. Never rejects.
 */
export async function failOver(passage: Passage, rollout: Rollout, failed: Exchanged): Promise<Exchanged> {
  const [stable] = rollout.variants;
  try {
    const result = await askOrigin(stable, passage, {
      dropConditional: true,
      isRepeat: true,
      timeoutMs: rollout.proxy.timeoutMs,
    });
    const [given, unused] =
      isShowable(result) || !isShowable(failed.result)
        ? [{ variant: stable, result }, failed.result]
        : [failed, result];
    if (unused.kind === 'answer') discard(unused.response);
    return given;
  } catch (error) {
    console.error(JSON.stringify({ message: 'a second attempt failed', error: String(error) }));
    return failed;
  }
}

/** @param given what a second attempt came to */
export function failoverResult({ variant, result }: Exchanged): FailoverResult {
  return variant.index === 0 && result.kind === 'answer' && result.response.status < 500 ? 'ok' : 'failed';
}
