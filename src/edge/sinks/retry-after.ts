/** `Retry-After` (RFC 9110, section 10.2.3). */

/** Nobody may silence a sink for longer: what waits for ten minutes is dropped. */
const MAX_WAIT_MS = 300_000;

/**
 * @param value seconds or an HTTP date
 * @param now milliseconds since 1970
 * @returns milliseconds in [0, 300,000]; undefined if there is none that can be read
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  const text = (value ?? '').trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
