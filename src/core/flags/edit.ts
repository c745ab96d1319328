/**
 * What one turns without an editor: a flag's switch, and its share. Both work on the document as JSON and
 * leave everything else of it as it is.
 */
import { err, ok, type Result } from '../result.ts';
import { rulesWithShare } from './share.ts';

/** A flag document as JSON: flags by key, settings under `$…`. */
export type FlagDocument = Readonly<Record<string, unknown>>;

/** @returns why not, as a sentence */
export function withSwitch(document: FlagDocument, key: string, on: boolean): Result<FlagDocument, string> {
  const flag = entryOf(document, key);
  if (flag === undefined) return err(`There is no flag "${key}".`);
  // Without the key it is on already.
  return ok(
    on && flag['enabled'] === undefined ? document : { ...document, [key]: { ...flag, enabled: on } },
  );
}

/**
 * @param percent 0 to 100
 * @returns why not, as a sentence: where the flag doesn't say what a share of it would be
 */
export function withShare(
  document: FlagDocument,
  key: string,
  percent: number,
): Result<FlagDocument, string> {
  const entry = entryOf(document, key);
  if (entry === undefined) return err(`There is no flag "${key}".`);
  const rules = rulesWithShare(key, entry, percent);
  return rules.ok ? ok({ ...document, [key]: { ...entry, rules: rules.value } }) : rules;
}

/** @param entry one flag of a document, however malformed */
export function isSwitchedOff(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'enabled' in entry && entry.enabled === false;
}

function entryOf(document: FlagDocument, key: string): Readonly<Record<string, unknown>> | undefined {
  const entry = !key.startsWith('$') && Object.hasOwn(document, key) ? document[key] : undefined;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  return entry as Readonly<Record<string, unknown>>;
}
