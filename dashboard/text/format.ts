/** Figures as people read them. Three digits say all that these figures know. */

/** No-break space: a unit stays with its number. */
const NBSP = '\u00a0';
const MINUS = '\u2212';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const trimmed = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

/** `1,214` */
export function count(value: number): string {
  return whole.format(value);
}

/** Those that could not be delivered for 10 minutes. @param outcomes 1 or more */
export function lostWords(outcomes: number): string {
  const which =
    outcomes === 1 ? 'outcome since the rollout exists is' : 'outcomes since the rollout exists are';
  return `${count(outcomes)} ${which} in none of the figures`;
}

/** `10 %`, `0.25 %`: a weight, exactly. @param percent 0 to 100 */
export function weight(percent: number): string {
  return `${trimmed.format(percent)}${NBSP}%`;
}

/** `0.40 %`, `4.1 %`, `41 %` @param value 0 to 1; null without requests */
export function ratio(value: number | null): string {
  return value === null ? '–' : `${digits(value * 100, 0.01)}${NBSP}%`;
}

/** `0.5`, `12`, `1,214`: requests a second */
export function rate(value: number): string {
  return value === 0 ? '0' : digits(value, 0.01);
}

/** `<1 ms`, `87 ms`, `1.23 s` @param value seconds; null without requests */
export function seconds(value: number | null): string {
  if (value === null) return '–';
  if (value < 0.001) return value === 0 ? `0${NBSP}ms` : `<1${NBSP}ms`;
  return value < 0.9995 ? `${whole.format(value * 1000)}${NBSP}ms` : `${digits(value, 0.01)}${NBSP}s`;
}

/** `4 s`, `4 min`, `2 h`, `3 d` @param ms milliseconds, not negative */
export function duration(ms: number): string {
  const UNITS = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const;
  // 90 s say more than 1 min.
  const [unit, size] = UNITS.find(([, size]) => ms >= size * 2) ?? ['s', 1000];
  return `${Math.floor(Math.max(0, ms) / size)}${NBSP}${unit}`;
}

/** `+0.11 points`: a difference of two ratios, in percentage points */
export function points(value: number): string {
  return `${signed(value, absolute => digits(leastOf(absolute * 100, 0.01), 0.01))}${NBSP}points`;
}

/** `+12 ms` @param value seconds */
export function moreSeconds(value: number): string {
  return signed(value, absolute =>
    absolute > 0 && absolute < 0.001
      ? `${leastOf(absolute * 1000, 0.1).toFixed(1)}${NBSP}ms`
      : seconds(absolute),
  );
}

/** A difference that is there is never shown as none. */
function leastOf(value: number, least: number): number {
  return value === 0 ? 0 : Math.max(value, least);
}

function signed(value: number, format: (absolute: number) => string): string {
  return `${value > 0 ? '+' : value < 0 ? MINUS : ''}${format(Math.abs(value))}`;
}

/** Three significant digits, but none beyond the second decimal; what is smaller than `least` says so. */
function digits(value: number, least: number): string {
  if (value === 0) return '0';
  if (value < least) return `<${least}`;
  const decimals = value < 0.995 ? 2 : value < 9.95 ? 1 : 0;
  return decimals === 0 ? whole.format(value) : value.toFixed(decimals);
}
