/** What one can change of a flag document, and what a change did, in words for the audit log. */
import { err, ok, unreachable, type Result } from '../result.ts';
import { changesOf, type Change } from '../rollout/changes.ts';
import { MAX_DOCUMENT } from '../rollout/document-text.ts';
import { quote, type Problem } from '../rollout/problem.ts';
import { compileFlags } from './compile.ts';
import { isSwitchedOff, withShare, withSwitch, type FlagDocument } from './edit.ts';
import { movesOf } from './moves.ts';

export type FlagsChange =
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'flag'; readonly key: string; readonly flag: unknown }
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'switch'; readonly key: string; readonly on: boolean }
  /** @property percent 0 to 100 */
  | { readonly kind: 'share'; readonly key: string; readonly percent: number };

export type FlagsRefusal =
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'no-flag'; readonly key: string }
  /** @property detail why, and what would help */
  | { readonly kind: 'refused'; readonly detail: string };

/** What became of one flag, e.g. `switched off`. */
export interface FlagChange {
  readonly key: string;
  readonly what: string;
}

export interface Changed {
  readonly text: string;
  readonly what: string;
  /** What else it does, in sentences. */
  readonly effects: readonly string[];
}

const MAX_WORDS = 300;
const MAX_PATHS = 3;
const MAX_FLAGS_SAID = 5;

/**
 * @param before text of the document in force; null if there is none
 * @returns the text to be put, and what it changes in words. A document is refused for every problem in it, a change of one flag only for
 *   those that it brings about: another flag that is broken must not keep anybody from switching this one off
 */
export function changedText(before: string | null, change: FlagsChange): Result<Changed, FlagsRefusal> {
  const document = documentOf(before);
  const text = change.kind === 'document' ? ok(change.text) : edited(document, change);
  if (!text.ok) return text;
  const compiled = compileFlags(text.value);
  if (!compiled.ok) return err({ kind: 'invalid', problems: compiled.error });
  const textOf = ({ path, message }: Problem) => `${path} ${message}`;
  const known = new Set(change.kind === 'document' || before === null ? [] : problemsIn(before).map(textOf));
  const problems = compiled.value.problems.filter(problem => !known.has(textOf(problem)));
  if (problems.length > 0) return err({ kind: 'invalid', problems });
  const what = changesText(flagChanges(document, documentOf(text.value)));
  const old = before === null ? undefined : compileFlags(before);
  const effects = old?.ok === true ? movesOf(old.value.set, compiled.value.set) : [];
  return ok({ text: text.value, what, effects });
}

/** What is wrong with a document, though it may be in force all the same. */
export function problemsIn(text: string): readonly Problem[] {
  const compiled = compileFlags(text);
  return compiled.ok ? compiled.value.problems : compiled.error;
}

/** @param text of a document that was accepted; null is none */
export function documentOf(text: string | null): FlagDocument {
  return text === null ? {} : (JSON.parse(text) as FlagDocument);
}

function edited(
  document: FlagDocument,
  change: Exclude<FlagsChange, { kind: 'document' }>,
): Result<string, FlagsRefusal> {
  const { key } = change;
  if (change.kind !== 'flag' && (key.startsWith('$') || !Object.hasOwn(document, key)))
    return err({ kind: 'no-flag', key });
  switch (change.kind) {
    case 'flag':
      if (key.startsWith('$'))
        return err({ kind: 'refused', detail: `"${key}" is no flag: put the whole document.` });
      return ok(textOf({ ...document, [key]: change.flag }));
    case 'remove':
      return ok(textOf(Object.fromEntries(Object.entries(document).filter(([name]) => name !== key))));
    case 'switch':
      return written(withSwitch(document, key, change.on));
    case 'share':
      return written(withShare(document, key, change.percent));
    default:
      return unreachable(change);
  }
}

function written(result: Result<FlagDocument, string>): Result<string, FlagsRefusal> {
  return result.ok ? ok(textOf(result.value)) : err({ kind: 'refused', detail: result.error });
}

function textOf(document: FlagDocument): string {
  const readable = JSON.stringify(document, null, 2);
  // Laid out anew it must not become too long for a switch to be turned.
  return readable.length <= MAX_DOCUMENT ? readable : JSON.stringify(document);
}

/** What became of which flags and settings, in the documents' order. */
export function flagChanges(before: FlagDocument, after: FlagDocument): FlagChange[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap(key => {
    const what = whatChanged(own(before, key), own(after, key));
    return what === undefined ? [] : [{ key, what: shortened(what) }];
  });
}

function whatChanged(before: unknown, after: unknown): string | undefined {
  if (after === undefined) return 'removed';
  if (before === undefined) return isSwitchedOff(after) ? 'added, switched off' : 'added';
  const isOff = isSwitchedOff(after);
  const words = isSwitchedOff(before) === isOff ? [] : [isOff ? 'switched off' : 'switched on'];
  // Said already, or the same: without the key it is on.
  const changes = changesOf(before, after).filter(
    ({ path, before: old, after: now }) => path !== '$.enabled' || !(isSwitch(old) && isSwitch(now)),
  );
  for (const change of changes.slice(0, MAX_PATHS)) words.push(wordsOf(change));
  if (changes.length > MAX_PATHS) words.push(`${changes.length - MAX_PATHS} more`);
  return words.length === 0 ? undefined : words.join(', ');
}

function isSwitch(enabled: unknown): boolean {
  return enabled === undefined || typeof enabled === 'boolean';
}

/** What a flag gives, and what is noted beside it, may be nobody's business who reads logs: their path alone. */
const UNQUOTED = /^\$\.(?:variants|metadata)\b/;

function wordsOf({ path, before, after }: Change): string {
  if (path === '$') return 'written anew';
  // Beneath the flag or setting: `$.rules[0].share`, or `$[0]` of a list.
  const place = path.replace(/^\$\.?/, '');
  if (!UNQUOTED.test(path)) return `${place} ${value(before)} → ${value(after)}`;
  return `${place} ${before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'}`;
}

/** `new-checkout: switched off; dark: added`, for a line of the log. */
export function changesText(changes: readonly FlagChange[]): string {
  if (changes.length === 0) return 'written again, nothing changed';
  const said = changes.slice(0, MAX_FLAGS_SAID).map(({ key, what }) => `${key}: ${what}`);
  const rest = changes.length - said.length;
  return [...said, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

function value(json: unknown): string {
  return json === undefined ? 'none' : quote(json);
}

function shortened(text: string): string {
  return text.length <= MAX_WORDS ? text : `${text.slice(0, MAX_WORDS - 1)}…`;
}

function own(document: FlagDocument, key: string): unknown {
  return Object.hasOwn(document, key) ? document[key] : undefined;
}
