/** Flags that ask for other flags, by prerequisites or conditions: none may ask for itself in a circle. */
import { jsonPath, quote } from '../rollout/problem.ts';
import type { FlagDraft } from './compile-flag.ts';
import type { Found } from './groups.ts';

/** So many flags may wait for each other in a row: each costs the stack of the ones before. */
export const MAX_CHAIN = 16;

/** @returns by key: circles, which can't be evaluated, and names of flags or variants that are not there */
export function brokenByEachOther(drafts: readonly FlagDraft[]): (readonly [key: string, found: Found])[] {
  const byKey = new Map(drafts.map(draft => [draft.key, draft]));
  const circles = new Map(drafts.map(draft => [draft.key, circleOf(draft, byKey)]));
  const isSettled = settled(drafts, key => circles.get(key) !== undefined || !byKey.has(key));
  return drafts.flatMap(draft => {
    const found: (readonly [string, Found])[] = [];
    const cycle = circles.get(draft.key);
    const fault =
      cycle !== undefined
        ? `flags ask for each other in a circle: ${cycle.join(' → ')}`
        : isSettled(draft.key)
          ? undefined
          : `asks for a flag that asks for a flag …, more than ${MAX_CHAIN} in a row`;
    if (fault !== undefined)
      found.push([draft.key, { problem: { path: jsonPath([draft.key]), message: fault }, isFatal: true }]);
    for (const asked of draft.asks) {
      const message = missing(draft, asked, byKey);
      if (message === undefined) continue;
      // It is not met, so the flag is off: as if the other one were off.
      found.push([draft.key, { problem: { path: jsonPath([draft.key]), message }, isFatal: false }]);
    }
    return found;
  });
}

/** @returns whether a flag waits for at most {@link MAX_CHAIN} others in a row */
function settled(drafts: readonly FlagDraft[], isEnd: (key: string) => boolean): (key: string) => boolean {
  const known = new Set<string>();
  let open = drafts.filter(({ key }) => !isEnd(key));
  for (let round = 0; round <= MAX_CHAIN && open.length > 0; round++) {
    const ready = open.filter(({ asks }) => [...asks].every(asked => isEnd(asked) || known.has(asked)));
    for (const { key } of ready) known.add(key);
    open = open.filter(({ key }) => !known.has(key));
  }
  return key => isEnd(key) || known.has(key);
}

function missing(
  { flag }: FlagDraft,
  asked: string,
  byKey: ReadonlyMap<string, FlagDraft>,
): string | undefined {
  const other = byKey.get(asked);
  if (other === undefined) return `asks for flag ${quote(asked)}, which the document does not have`;
  const wanted = flag?.prerequisites.find(prerequisite => prerequisite.flag === asked)?.variants ?? [];
  const variants = other.flag?.variants.map(({ name }) => name);
  const strange = [...wanted].find(name => variants?.includes(name) === false);
  return strange === undefined ? undefined : `flag ${quote(asked)} has no variant ${quote(strange)}`;
}

/** Without recursion: a document may chain all its flags. @returns the way from a flag back to itself */
function circleOf(start: FlagDraft, byKey: ReadonlyMap<string, FlagDraft>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open = [start.key];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const asked of byKey.get(key)?.asks ?? []) {
      if (asked === start.key) return wayTo(key, start.key, cameFrom);
      if (cameFrom.has(asked)) continue;
      cameFrom.set(asked, key);
      open.push(asked);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [start];
  for (let key = end; key !== start; key = cameFrom.get(key) ?? start) way.unshift(key);
  return [start, ...way];
}
