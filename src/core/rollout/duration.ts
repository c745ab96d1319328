const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** `"30s"` → 30000. The text must match {@link DURATION_PATTERN}. @returns milliseconds */
export function parseDuration(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  const unit = match === null ? undefined : UNITS[match[2] as string];
  if (match === null || unit === undefined) throw new RangeError(`not a duration: ${text}`);
  return Number(match[1]) * unit;
}
