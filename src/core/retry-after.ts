/** `Retry-After` (RFC 9110, section 10.2.3). */

/**
 * @param value seconds or an HTTP date
 * @param now milliseconds since 1970
 * @param maxMs nobody may silence a sender for longer
 * @returns milliseconds in [0, maxMs]; undefined if there is none that can be read
 */
export function retryAfterMs(value: string | null, now: number, maxMs: number): number | undefined {
  const text = (value ?? '').trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxMs);
}
