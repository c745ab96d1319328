/** Recorded intervals: JSON lines as `GET …/intervals` answers them, checked before the judge sees them. */
import * as z from 'zod/mini';
import { LANES, type Interval } from '../src/core/analysis/interval.ts';
import { err, ok, type Result } from '../src/core/result.ts';
import { jsonPath } from '../src/core/rollout/problem.ts';

/** An hour has 3,600; a day's worth of them is still read. */
const MAX_LINES = 100_000;

const count = z.number().check(z.minimum(0));
const counts = {
  started: count,
  requests: count,
  errors: count,
  status4xx: count,
  status3xx: count,
  firsts: z.record(z.string(), z.tuple([count, count])),
  latency: z.object({ buckets: z.array(z.tuple([z.int(), count])), sumMs: count }),
};
const interval = z.object({
  from: z.number(),
  to: z.number(),
  lost: count,
  strata: z.array(
    z.object({
      generation: z.string(),
      coin: z.string(),
      weights: z.record(z.string(), count),
      hashes: z.optional(z.record(z.string(), z.string())),
      arms: z.record(z.string(), z.object({ ...counts, draws: count, visitors: z.string() })),
      lanes: z.array(z.object(counts)).check(z.length(LANES)),
    }),
  ),
});

/** @returns the intervals by time, at least one; or the first line that is none, and why */
export function parseIntervals(text: string): Result<Interval[], string> {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (lines.length === 0) return err('no intervals: nothing was judged in that time');
  if (lines.length > MAX_LINES) return err(`more than ${MAX_LINES} lines`);
  const intervals: Interval[] = [];
  for (const [index, line] of lines.entries()) {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return err(`line ${index + 1}: expected a JSON object as GET …/intervals answers it`);
    }
    const parsed = interval.safeParse(json);
    const issue = parsed.error?.issues[0];
    if (issue !== undefined) return err(`line ${index + 1} ${jsonPath(issue.path)}: ${issue.message}`);
    intervals.push(json as Interval);
  }
  return ok(intervals.sort((a, b) => a.from - b.from));
}
