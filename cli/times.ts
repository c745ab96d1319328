/** Times and durations as people type them. */
import { DURATION_PATTERN, parseDuration } from '../src/core/rollout/duration.ts';
import { usage } from './session.ts';

/** @returns milliseconds */
export function durationOf(flag: string, text: string): number {
  if (!DURATION_PATTERN.test(text)) usage(`${flag}: expected a duration like 30m or 2h, got "${text}"`);
  return parseDuration(text);
}

/**
 * @param text a duration from now, or ISO 8601; without an offset it is meant in the person's own zone
 * @returns ISO 8601 in UTC
 */
export function timeOf(flag: string, text: string, now: number): string {
  const at = DURATION_PATTERN.test(text)
    ? now + parseDuration(text)
    : /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)
      ? Date.parse(text)
      : NaN;
  if (Number.isNaN(at))
    usage(`${flag}: expected a time like 2026-11-27T18:00 or a duration like 2h, got "${text}"`);
  return new Date(at).toISOString();
}
