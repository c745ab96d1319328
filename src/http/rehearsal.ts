/** Faults that the document declares: a share of a variant's requests is made slow, or fails. */
import { drawFaults, type Rehearsal } from '../core/rollout/faults.ts';
import type { Variant } from '../core/rollout/compile.ts';
import type { Recorder } from '../edge/recorder.ts';
import type { UpstreamResult } from '../edge/upstream.ts';
import { sleep } from '../edge/waiting.ts';
import { askOrigin, type Asking, type Passage } from './passage.ts';
import { rehearsedFailure } from './proxy-answers.ts';

/** @returns undefined if nothing befalls this request */
export function drawRehearsal(variant: Variant, recorder: Recorder): Rehearsal | undefined {
  const rehearsal = drawFaults(variant.faults, Math.random);
  if (rehearsal === undefined) return undefined;
  if (rehearsal.delayMs > 0) recorder.faulted(variant.name, 'delay');
  if (rehearsal.status !== undefined) recorder.faulted(variant.name, 'status');
  return rehearsal;
}

/** An exchange as a bad origin would have it: a delay counts towards its timeout, a status is its answer. */
export async function rehearse(
  { delayMs, status }: Rehearsal,
  variant: Variant,
  passage: Passage,
  asking: Asking,
): Promise<UpstreamResult> {
  const leftMs = asking.timeoutMs === null ? null : asking.timeoutMs - delayMs;
  if (delayMs > 0) await sleep(Math.min(delayMs, asking.timeoutMs ?? delayMs));
  if (leftMs !== null && leftMs <= 0) return { kind: 'timeout' };
  if (status !== undefined) return { kind: 'answer', response: rehearsedFailure(status) };
  return askOrigin(variant, passage, { ...asking, timeoutMs: leftMs });
}
