/**
 * Flags that somebody switched off by itself, through API, command line or page: no file that was written
 * before, like the one a pipeline applies, may switch them on again unnoticed.
 */
import { timeText } from '../delivery/words.ts';
import type { Actor } from '../rollout/control.ts';
import type { FlagsChange } from './change.ts';
import { isSwitchedOff, type FlagDocument } from './edit.ts';

export interface Stop {
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** By flag. */
export type Stops = Readonly<Record<string, Stop>>;

const MAX_SAID = 5;

/**
 * @param change null for a document that was written by hand
 * @returns the stops after a change: of flags that are off, until a document says so itself
 */
export function stopsAfter(
  stops: Stops,
  after: FlagDocument,
  change: FlagsChange | null,
  { by, at }: Pick<Actor, 'by'> & { readonly at: number },
): Stops {
  const isWritten = (key: string): boolean =>
    change?.kind === 'document' || (change?.kind === 'flag' && change.key === key);
  const kept = Object.entries(stops).filter(([key]) => isOff(after, key) && !isWritten(key));
  const added = change?.kind === 'switch' && !change.on ? [[change.key, { by, at }] as const] : [];
  return Object.fromEntries([...kept, ...added]);
}

/** @returns why a person has to confirm that change first; undefined if nobody has to */
export function undoesStops(stops: Stops, after: FlagDocument, change: FlagsChange): string | undefined {
  if (change.kind !== 'document' && change.kind !== 'flag') return undefined;
  const undone = Object.entries(stops).filter(([key]) => Object.hasOwn(after, key) && !isOff(after, key));
  const [first] = undone;
  if (first === undefined) return undefined;
  const said = undone.slice(0, MAX_SAID).map(([key, { by, at }]) => `${key} (by ${by}, ${timeText(at)})`);
  const rest = undone.length > said.length ? ` and ${undone.length - said.length} more` : '';
  return (
    `Nothing was changed: this switches on what was switched off meanwhile: ${said.join(', ')}${rest}. Take "enabled": false ` +
    `into your file. If they are to be on: \`weir flags set ${first[0]} on\`, or \`weir flags apply --yes FILE\` (\`?confirmed=1\`), ` +
    'or with --if-match (If-Match) and the revision that you have seen.'
  );
}

function isOff(document: FlagDocument, key: string): boolean {
  return Object.hasOwn(document, key) && isSwitchedOff(document[key]);
}
