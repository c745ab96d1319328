/** `Retry-After` (RFC 9110, section 10.2.3). */

/** Nobody may silence a sink for longer: what is not delivered by then would be dropped. */
const MAX_WAIT_MS = 600_000;

/**
 * @param value seconds or an HTTP date
 * @param now milliseconds since 1970
 * @returns milliseconds in [0, 600,000]; undefined if there is none that can be read
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  const text = (value ?? '').trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
