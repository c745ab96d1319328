/**
 * A flag's share: what percentage of those whom no earlier rule takes get the variant that is raised. Read
 * and set in effect, however the rule is written: 30 % of a share of 50 % are 15 %.
 */
import { err, ok, type Result } from '../result.ts';
import { flagSchema, type FlagWire, type RuleWire } from './schema.ts';
import { restOf } from './values.ts';

/** The part of a flag that a share stands for: its last rule for everyone. */
export interface Share {
  /** In effect, of those whom no earlier rule has taken. */
  readonly percent: number;
  /** What they get; null: several variants. */
  readonly variant: string | null;
  /** A schedule moves it: nobody sets it by hand. */
  readonly isScheduled: boolean;
}

/** Percent by variant, in effect. */
type Weights = Readonly<Record<string, number>>;

/** Keys of a rule that say who gets what. */
const OF_A_SHARE = ['serve', 'weights', 'share'];

/** The rule for everyone that decides on a share. */
interface Place {
  readonly index: number;
  readonly rule: RuleWire;
  /** What those get whom it leaves over; undefined: the app's own default. */
  readonly rest: string | undefined;
}

/**
 * @param entry one flag of a document @param now milliseconds since 1970
 * @returns undefined if the flag is malformed or has no rule for everyone
 */
export function shareOf(entry: unknown, now: number): Share | undefined {
  const parsed = flagSchema.safeParse(entry);
  const place = parsed.success ? placeOf(parsed.data) : undefined;
  if (!parsed.success || place === undefined) return undefined;
  const { rule, rest } = place;
  const variant = raisedIn(parsed.data, rule);
  const isRaised = (name: string) => (variant === undefined ? mayRise(parsed.data, name) : name === variant);
  const weights = Object.entries(inEffect(rule, now));
  const raised = sum(weights.filter(([name]) => isRaised(name)));
  const left = rest !== undefined && isRaised(rest) ? 100 - sum(weights) : 0;
  return { percent: fine(raised + left), variant: variant ?? null, isScheduled: rule.schedule !== undefined };
}

/**
 * @param entry one flag of a document @param percent 0 to 100, in effect
 * @returns its rules then; or why not, as a sentence: where the flag doesn't say what a share of it would be
 */
export function rulesWithShare(
  key: string,
  entry: Readonly<Record<string, unknown>>,
  percent: number,
): Result<readonly unknown[], string> {
  const parsed = flagSchema.safeParse(entry);
  if (!parsed.success) return err(`The flag "${key}" is malformed: put it anew.`);
  const flag = parsed.data;
  if (flag.follows !== undefined) return err(`"${key}" follows ${flag.follows}: its share is the rollout's.`);
  const rules = (entry['rules'] ?? []) as readonly unknown[];
  const place = placeOf(flag);
  if (place?.rule.schedule !== undefined)
    return err(`The share of "${key}" follows a schedule: put the flag without it first.`);
  const rule = place === undefined ? appended(key, flag, percent) : changed(key, flag, place, percent);
  if (!rule.ok) return rule;
  if (place === undefined) return ok([...rules, rule.value]);
  const kept = Object.entries(rules[place.index] as object).filter(([name]) => !OF_A_SHARE.includes(name));
  return ok(rules.with(place.index, { ...Object.fromEntries(kept), ...rule.value }));
}

function appended(key: string, flag: FlagWire, percent: number): Result<object, string> {
  const variant = raisedIn(flag, undefined);
  if (variant === undefined)
    return err(`"${key}" has no rule for everyone, and several variants to give: put a rule first.`);
  const refusal = refusesToRaise(key, flag, variant);
  if (refusal !== undefined) return err(refusal);
  const rest = flag.default ?? flag.off;
  return rest === variant
    ? split(key, flag, { variant, rest, percent }, {})
    : ok({ serve: variant, share: percent });
}

function changed(key: string, flag: FlagWire, place: Place, percent: number): Result<object, string> {
  const { rule, rest, index } = place;
  const variant = raisedIn(flag, rule);
  if (variant === undefined) return scaled(key, flag, place, percent);
  const refusal = refusesToRaise(key, flag, variant);
  if (refusal !== undefined) return err(refusal);
  if (rest === variant && index < flag.rules.length - 1)
    return err(
      `Rules of "${key}" after "${rule.name ?? `rule-${index + 1}`}" have a say in its share: put the flag.`,
    );
  if (rule.serve === variant && rest !== variant) return ok({ serve: variant, share: percent });
  return split(key, flag, { variant, rest, percent }, inEffect(rule, 0));
}

/** Several variants: all of them, each in proportion. */
function scaled(key: string, flag: FlagWire, { rule, rest }: Place, percent: number): Result<object, string> {
  const weights = rule.weights ?? {};
  const total = sum(Object.entries(weights).filter(([name]) => mayRise(flag, name)));
  if (total === 0)
    return err(`The rule for everyone of "${key}" gives ${rest ?? rule.serve}: put a rule that says which.`);
  if (rest !== undefined && mayRise(flag, rest))
    return err(`Whom the weights of "${key}" leave over gets ${rest} as well: put the flag.`);
  const share = fine((percent / total) * 100);
  if (share > 100) return err(`The weights of "${key}" come to ${fine(total)} %: raise those first.`);
  return ok({ weights, share });
}

/** One variant beside others, as weights. @param weights so far, in effect */
function split(
  key: string,
  flag: FlagWire,
  { variant, rest, percent }: { variant: string; rest: string | undefined; percent: number },
  weights: Weights,
): Result<object, string> {
  const room = fine(100 - percent);
  const others = Object.entries(weights).filter(([name]) => name !== variant);
  const isWhole = rest === variant || sum(Object.entries(weights)) >= 100;
  if (sum(others) <= room && !(isWhole && others.length > 0) && rest !== variant)
    return ok({ weights: { ...weights, [variant]: percent } });
  const names = others.length > 0 ? others.map(([name]) => name) : othersOf(flag, variant);
  if (names.length !== 1)
    return err(`"${key}" has several variants for those who don't get ${variant}: put the flag.`);
  return ok({ weights: { ...weights, [variant]: percent, [names[0]!]: room } });
}

/** Of the rules for everyone that are reached: the last one that gives what can be raised, else the last. */
function placeOf(flag: FlagWire): Place | undefined {
  const { rules } = flag;
  const end = rules.findIndex(rule => rule.if === undefined && takesAll(rule));
  const reached = rules.flatMap((rule, index) =>
    rule.if === undefined && (end < 0 || index <= end) ? [{ rule, index }] : [],
  );
  const place = reached.findLast(({ rule }) => namesIn(rule).some(name => mayRise(flag, name)));
  const last = reached.at(-1);
  if (last === undefined) return undefined;
  const isBefore = place !== undefined && place.index < last.index;
  return { ...(place ?? last), rest: (isBefore ? last.rule.serve : undefined) ?? flag.default ?? flag.off };
}

function takesAll(rule: RuleWire): boolean {
  return rule.schedule === undefined && sum(Object.entries(inEffect(rule, 0))) >= 100;
}

/** @param now milliseconds since 1970 */
function inEffect({ serve, weights, share, schedule }: RuleWire, now: number): Weights {
  const part = schedule === undefined ? (share ?? 100) : shareAt(schedule, now);
  const named = Object.entries(weights ?? (serve === undefined ? {} : { [serve]: 100 }));
  return Object.fromEntries(named.map(([name, weight]) => [name, fine((weight * part) / 100)]));
}

function shareAt(schedule: NonNullable<RuleWire['schedule']>, now: number): number {
  return schedule.findLast(({ at }) => Date.parse(at) <= now)?.share ?? 0;
}

function namesIn({ serve, weights }: RuleWire): string[] {
  return serve === undefined ? Object.keys(weights ?? {}) : [serve];
}

/** The variant that a share of the rule is of; undefined if it could be several. */
function raisedIn(flag: FlagWire, rule: RuleWire | undefined): string | undefined {
  const named = rule === undefined ? [] : namesIn(rule).filter(name => mayRise(flag, name));
  const raised = named.length > 0 ? named : Object.keys(flag.variants).filter(name => mayRise(flag, name));
  return raised.length === 1 ? raised[0] : undefined;
}

/** Of a boolean flag what is true; of others what is neither off nor default, or the default where there is nothing else. */
function mayRise(flag: FlagWire, name: string): boolean {
  if (flag.type === 'boolean') return flag.variants[name] === true;
  const rest = restOf(flag);
  const others = Object.keys(flag.variants).filter(name => !rest.includes(name));
  return others.length > 0 ? others.includes(name) : name !== rest[0];
}

function refusesToRaise(key: string, { off }: FlagWire, variant: string): string | undefined {
  if (off !== variant) return undefined;
  return `"${key}" gives ${variant} to everyone when it is switched off: put a rule for the share that you mean.`;
}

function othersOf({ variants }: FlagWire, variant: string): string[] {
  return Object.keys(variants).filter(name => name !== variant);
}

function sum(weights: readonly (readonly [string, number])[]): number {
  return weights.reduce((sum, [, weight]) => sum + weight, 0);
}

/** To the thousandth, which is as fine as weights are. */
function fine(percent: number): number {
  return Math.round(percent * 1000) / 1000;
}
