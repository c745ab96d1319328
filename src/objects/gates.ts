/** Asks a gate whether a rollout may go on. It holds an advance, never a rollback. */
import type { GateQuestion } from '../core/delivery/effect.ts';
import type { SignedPost } from './signed-post.ts';

const TIMEOUT_MS = 10_000;

export interface GateAnswer {
  readonly passes: boolean;
  /** For a person: status and the first 200 characters, or why there was no answer. */
  readonly answer: string;
}

/**
 * Any 2xx lets pass, anything else holds. Never throws; asked twice, the question has the same key.
 * @param url may be `$secret:NAME` @param now milliseconds since 1970
 */
export async function askGate(
  post: SignedPost,
  url: string,
  question: GateQuestion,
  now: number,
): Promise<GateAnswer> {
  const body = JSON.stringify(question);
  const answer = await post({ url, id: question.idempotencyKey, body, timeoutMs: TIMEOUT_MS }, now);
  const passes = answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
  return { passes, answer: answer.text };
}
