/** Whom a change of a rule's weights moves though nothing of theirs shrank: where three or more meet, that can't be helped. */
import type { Flag, FlagRule, FlagSet } from './flag.ts';
import type { Draw, Range } from './layout.ts';

const BUCKETS = 2 ** 32;
/** A thousandth of a percent, in buckets: less is rounding. */
const NOTICED = BUCKETS / 100_000;
const MAX_SAID = 5;

/** @returns a sentence for each rule that moves people from a variant which did not shrink, at most 5 */
export function movesOf(before: FlagSet, after: FlagSet): string[] {
  return after.flags
    .flatMap(flag => {
      const old = before.byKey.get(flag.key);
      return flag.kind === 'flag' && old?.kind === 'flag' ? movesIn(old, flag) : [];
    })
    .slice(0, MAX_SAID);
}

function movesIn(before: Flag, after: Flag): string[] {
  const baseline = (after.off ?? after.fallback)?.name;
  return after.rules.flatMap(rule => {
    const old = before.rules.find(({ name }) => name === rule.name);
    if (old === undefined || old.by !== rule.by) return [];
    const names = after.variants.map(({ name }) => name).filter(name => name !== baseline);
    const moved = names.reduce((sum, name) => sum + lostOf(name, old, rule), 0);
    if (moved < NOTICED) return [];
    const percent = Number(((moved / BUCKETS) * 100).toFixed(3));
    return [
      `${after.key}: rule ${rule.name} takes from ${percent} % of all a variant whose weight did not shrink; ` +
        'raised by "share" it would take from nobody.',
    ];
  });
}

/** Buckets that a variant had and has no more, unless its part shrank. Schedules move by themselves. */
function lostOf(variant: string, before: FlagRule, after: FlagRule): number {
  if (before.schedule !== null || after.schedule !== null || before.seed !== after.seed) return 0;
  const [had, has] = [before, after].map(({ draw }) => rangesOf(draw, variant)) as [Range[], Range[]];
  if (lengthOf(has) + NOTICED < lengthOf(had)) return 0;
  const kept = had.flatMap(one =>
    has.map(other => Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from))),
  );
  return lengthOf(had) - kept.reduce((sum, length) => sum + length, 0);
}

function rangesOf(draw: Draw, variant: string): Range[] {
  switch (draw.kind) {
    case 'nobody':
      return [];
    case 'everyone':
      return draw.variant.name === variant ? [{ from: 0, to: BUCKETS, variant: draw.variant }] : [];
    case 'ranges':
      return draw.ranges.filter(range => range.variant.name === variant);
  }
}

function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}
