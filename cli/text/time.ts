import { durationText } from '../../src/core/delivery/words.ts';

/** @param at ISO 8601 @param now milliseconds since 1970 */
export function ago(at: string, now: number): string {
  return durationText(now - Date.parse(at));
}

/** `14:02` in the reader's own zone; with the day if it is another one. */
export function clock(at: string, now: number): string {
  const then = new Date(at);
  const time = then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (then.toDateString() === new Date(now).toDateString()) return time;
  return `${then.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })} ${time}`;
}
