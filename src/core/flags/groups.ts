/** Mutual exclusion: the slots of one group must not overlap, and must be of the same units. */
import { jsonPath, quote, type Problem } from '../rollout/problem.ts';
import type { Flag } from './flag.ts';

/** What is wrong with a flag because of others. */
export interface Found {
  readonly problem: Problem;
  /** Whether the flag can't be evaluated; otherwise it is only told. */
  readonly isFatal: boolean;
}

/** @returns by key; of two flags that overlap the later one in the document: the first one runs already */
export function overlaps(flags: readonly Flag[]): (readonly [key: string, found: Found])[] {
  const members = flags.flatMap(({ key, by, group }) => (group === null ? [] : [{ key, by, group }]));
  return members.flatMap(({ key, by, group }, position) => {
    const others = members.slice(0, position).filter(other => other.group.name === group.name);
    const met = others.find(other => other.group.from < group.to && group.from < other.group.to);
    const strange = others.find(other => other.by !== by);
    const message =
      met !== undefined
        ? `overlaps with the slot of flag ${quote(met.key)} in the same group: both would have the same units`
        : strange !== undefined
          ? `flag ${quote(strange.key)} of the same group goes by ${quote(strange.by)}, this one by ${quote(by)}: they could meet`
          : undefined;
    if (message === undefined) return [];
    return [[key, { problem: { path: jsonPath([key, 'group', 'slot']), message }, isFatal: true }] as const];
  });
}
