import type { HonoRequest } from 'hono';
import { DURATION_PATTERN, parseDuration } from '../../core/rollout/duration.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { quote } from '../../core/rollout/problem.ts';

/** @returns seconds; undefined if it is not in the query */
export function durationIn(
  request: HonoRequest,
  name: string,
  min: string,
  max: string,
): Result<number | undefined, string> {
  const text = request.query(name);
  if (text === undefined) return ok(undefined);
  const ms = DURATION_PATTERN.test(text) ? parseDuration(text) : NaN;
  return ms >= parseDuration(min) && ms <= parseDuration(max)
    ? ok(ms / 1000)
    : err(`"${name}" must be a duration from ${min} to ${max}, like 15m; it was ${quote(text)}.`);
}
