/**
 * What one turns without an editor: a flag's switch, and its share. Both work on the document as JSON and
 * leave everything else of it as it is.
 */
import { err, ok, type Result } from '../result.ts';
import { flagSchema, type FlagWire, type RuleWire } from './schema.ts';

/** A flag document as JSON: flags by key, settings under `$…`. */
export type FlagDocument = Readonly<Record<string, unknown>>;

/** The part of a flag that a share stands for: its last rule for everyone. */
export interface Share {
  /** Percent of those whom no earlier rule has taken. */
  readonly percent: number;
  /** What they get; null: several variants. */
  readonly variant: string | null;
  /** A schedule moves it: nobody sets it by hand. */
  readonly isScheduled: boolean;
}

/** @returns why not, as a sentence */
export function withSwitch(document: FlagDocument, key: string, on: boolean): Result<FlagDocument, string> {
  const flag = entryOf(document, key);
  if (flag === undefined) return err(`There is no flag "${key}".`);
  return ok({ ...document, [key]: { ...flag, enabled: on } });
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
  const parsed = flagSchema.safeParse(entry);
  if (!parsed.success) return err(`The flag "${key}" is malformed: put it anew.`);
  const flag = parsed.data;
  if (flag.follows !== undefined) return err(`"${key}" follows ${flag.follows}: its share is the rollout's.`);
  const rules = (entry['rules'] ?? []) as readonly unknown[];
  const index = flag.rules.findLastIndex(rule => rule.if === undefined);
  const rule = flag.rules[index];
  if (rule === undefined) {
    const variant = onVariantOf(flag);
    if (variant === undefined)
      return err(`"${key}" has no rule for everyone, and several variants to give: put a rule first.`);
    return ok(withRules(document, key, entry, [...rules, { serve: variant, share: percent }]));
  }
  if (rule.schedule !== undefined)
    return err(`The share of "${key}" follows a schedule: put the flag without it first.`);
  const raw = rules[index] as object;
  const weights = twoSided(flag, rule);
  const changed =
    weights === undefined
      ? { ...raw, share: percent }
      : { ...raw, weights: { ...rule.weights, ...weights(percent) } };
  return ok(withRules(document, key, entry, rules.with(index, changed)));
}

/**
 * @param entry one flag of a document @param now milliseconds since 1970
 * @returns undefined if the flag is malformed or has no rule for everyone
 */
export function shareOf(entry: unknown, now: number): Share | undefined {
  const parsed = flagSchema.safeParse(entry);
  if (!parsed.success) return undefined;
  const flag = parsed.data;
  const rule = flag.rules.findLast(({ if: condition }) => condition === undefined);
  if (rule === undefined) return undefined;
  const named = Object.keys(rule.weights ?? {});
  const variant = rule.serve ?? (named.length === 1 ? named[0]! : null);
  if (rule.schedule !== undefined) {
    const step = rule.schedule.findLast(({ at }) => Date.parse(at) <= now);
    return { percent: step?.share ?? 0, variant, isScheduled: true };
  }
  const weights = twoSided(flag, rule);
  if (weights !== undefined) {
    const raised = Object.keys(weights(0)).find(name => !isRest(flag, name)) ?? null;
    const percent = raised === null ? 0 : (rule.weights?.[raised] ?? 0);
    return { percent, variant: raised, isScheduled: false };
  }
  return { percent: rule.share ?? 100, variant, isScheduled: false };
}

/**
 * A rule that shares everyone out between one variant and the rest, written as weights: its share is that
 * weight. Undefined for any other rule, whose share is `share`.
 */
function twoSided(
  flag: FlagWire,
  { weights, share }: RuleWire,
): ((percent: number) => Record<string, number>) | undefined {
  if (weights === undefined || share !== undefined) return undefined;
  const raised = Object.keys(weights).filter(name => !isRest(flag, name));
  const rest = Object.keys(weights).filter(name => isRest(flag, name));
  const [one, none] = [raised[0], rest[0]];
  if (one === undefined || raised.length > 1 || rest.length > 1) return undefined;
  return percent => (none === undefined ? { [one]: percent } : { [one]: percent, [none]: left(percent) });
}

/** Whether it is what those get whom the share leaves out. */
function isRest({ off, default: fallback, type, variants }: FlagWire, name: string): boolean {
  if (off !== undefined || fallback !== undefined) return name === (fallback ?? off);
  return type === 'boolean' && variants[name] === false;
}

/** What a share of the flag can only mean; undefined if it could be several. */
function onVariantOf(flag: FlagWire): string | undefined {
  const names = Object.keys(flag.variants).filter(name => !isRest(flag, name) && name !== flag.off);
  return names.length === 1 ? names[0] : undefined;
}

/** Percent, to the thousandth, which is as fine as weights are. */
function left(percent: number): number {
  return Math.round((100 - percent) * 1000) / 1000;
}

/** @param entry one flag of a document, however malformed */
export function isSwitchedOff(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'enabled' in entry && entry.enabled === false;
}

function withRules(
  document: FlagDocument,
  key: string,
  entry: object,
  rules: readonly unknown[],
): FlagDocument {
  return { ...document, [key]: { ...entry, rules } };
}

function entryOf(document: FlagDocument, key: string): Readonly<Record<string, unknown>> | undefined {
  const entry = !key.startsWith('$') && Object.hasOwn(document, key) ? document[key] : undefined;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  return entry as Readonly<Record<string, unknown>>;
}
