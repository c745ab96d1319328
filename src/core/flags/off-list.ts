/**
 * Flags that were switched off through API, command line or page, on their way to the isolates: with the
 * hub's replies, like the cap, while KV may take a minute to show the changed document everywhere.
 */
import { isSwitchedOff, type FlagDocument } from './edit.ts';
import { NO_FLAGS } from './evaluation.ts';

/** More are not listed: the newest are, and KV brings the others. */
export const MAX_OFF = 100;

export interface FlagsOff {
  /** The rollout whose `flags:<name>` it is about; other hosts than its own may use that document. */
  readonly rollout: string;
  /** Counts up with every list of that rollout: a late reply never brings back an earlier one. */
  readonly sequence: number;
  /** By flag the revision of the document that has it off: that one, and any later one, says it itself. */
  readonly flags: Readonly<Record<string, number>>;
}

/**
 * The flags that are off though the document in force here doesn't know it yet.
 * @param revision of that document; undefined for one that was written by hand, which may be older than the list
 */
export function stillOff(
  { flags }: Pick<FlagsOff, 'flags'>,
  revision: number | undefined,
): ReadonlySet<string> {
  const off = Object.entries(flags).filter(([, since]) => revision === undefined || revision < since);
  return off.length === 0 ? NO_FLAGS : new Set(off.map(([key]) => key));
}

/**
 * The list after a change; flags that are on again, or gone, leave it.
 * @param revision of the changed document; null for one that was written by hand, which isolates can't
 *   tell from an older one: it adds nothing
 */
export function offListAfter(
  previous: FlagsOff,
  before: FlagDocument,
  after: FlagDocument,
  { revision, sequence }: { readonly revision: number | null; readonly sequence: number },
): FlagsOff {
  const kept = Object.entries(previous.flags).filter(([key]) => isOff(after, key) && isOff(before, key));
  const known = new Set(kept.map(([key]) => key));
  const added = Object.keys(after).filter(key => revision !== null && isOff(after, key) && !known.has(key));
  const turned = added.filter(key => !isOff(before, key));
  // Off before, by a document that isolates can't tell from an older one: this one they can. Never in place of others.
  const places = Math.max(0, MAX_OFF - kept.length - turned.length);
  const others = added.filter(key => isOff(before, key)).slice(0, places);
  const listed = [...others, ...turned].map(key => [key, revision ?? 0] as const);
  return {
    rollout: previous.rollout,
    sequence,
    flags: Object.fromEntries([...kept, ...listed].toSorted(([, a], [, b]) => a - b).slice(-MAX_OFF)),
  };
}

function isOff(document: FlagDocument, key: string): boolean {
  if (key.startsWith('$') || !Object.hasOwn(document, key)) return false;
  return isSwitchedOff(document[key]);
}
