/** Numbers as people read them in messages, advice and the audit log. */

/** `25 %`, `0.25 %` from thousandths of a percent. */
export function percentText(share: number): string {
  return `${share / 1000} %`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `1 h 30 min`, `45 s`: the two largest units that say something. */
export function durationText(ms: number): string {
  let rest = Math.round(Math.max(0, ms) / 1000) * 1000;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** `canary 25 %, canary-b 0 %`. */
export function sharesText(shares: Readonly<Record<string, number>>): string {
  const parts = Object.entries(shares).map(([name, share]) => `${name} ${percentText(share)}`);
  return parts.length === 0 ? 'no weight' : parts.join(', ');
}

const MAX_TEXT = 500;

/** A foreign text, bounded so that it can be kept. */
export function bounded(text: string, max: number = MAX_TEXT): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** RFC 3339, UTC. @param at milliseconds since 1970 */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}
