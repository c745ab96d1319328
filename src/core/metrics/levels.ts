/**
 * How long the hub keeps what it counted, and how finely: every level is rolled up from the one
 * before it, and all of them are kept side by side. All times are milliseconds since 1970.
 */

export interface Level {
  /** Length of a bucket. */
  readonly ms: number;
  readonly keptMs: number;
}

const HOUR = 3_600_000;

/** Finest first; each length is a multiple of the one before. */
export const LEVELS: readonly Level[] = [
  { ms: 10_000, keptMs: 3 * HOUR },
  { ms: 60_000, keptMs: 48 * HOUR },
  { ms: 600_000, keptMs: 90 * 24 * HOUR },
];

export const FINEST_MS = LEVELS[0]!.ms;

/** Begin of the bucket of that length that holds `at`. */
export function beginOf(at: number, ms: number): number {
  return at - (at % ms);
}

/**
 * The oldest time that a level still covers. Whole buckets of the next level: the buckets that one of
 * those is rolled up from are all there, or none is, so that rolling up twice can't make it smaller.
 * @param level position in {@link LEVELS}
 */
export function keptFrom(level: number, now: number): number {
  const { ms, keptMs } = LEVELS[level]!;
  return beginOf(Math.max(now - keptMs, 0), LEVELS[level + 1]?.ms ?? ms);
}

/** Length of the shortest buckets that still cover `at`; the longest there are for anything older. */
export function finestAt(at: number, now: number): number {
  return LEVELS.find((_, level) => keptFrom(level, now) <= at)?.ms ?? LEVELS.at(-1)!.ms;
}

/** Buckets of one level that begin in [from, to). */
export interface Stretch {
  readonly level: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The fewest buckets that together cover [from, now), none twice; a bucket counts as rolled up once
 * it has ended.
 * @param from begin of a bucket that is kept ({@link finestAt})
 * @param longestAt no bucket that begins at that time may be longer than this
 */
export function cover(from: number, now: number, longestAt: (at: number) => number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = from; at < now;) {
    const level = longestLevel(at, now, longestAt(at));
    const to = at + LEVELS[level]!.ms;
    const last = stretches.at(-1);
    if (last?.level === level) stretches[stretches.length - 1] = { ...last, to };
    else stretches.push({ level, from: at, to });
    at = to;
  }
  return stretches;
}

function longestLevel(at: number, now: number, longest: number): number {
  for (let level = LEVELS.length - 1; level > 0; level--) {
    const { ms } = LEVELS[level]!;
    if (ms <= longest && at % ms === 0 && at + ms <= now) return level;
  }
  return 0;
}
