/**
 * Exposures: how often each flag was served, by variant. Whoever counts decides what a serving is (no bulk
 * read, no prefetch, no bot); here is what is counted, and that it stays bounded whatever documents say.
 */
import type { Evaluation } from './evaluation.ts';
import { hex } from '../rollout/hash.ts';
import { WHOLE } from '../rollout/weights.ts';
import type { Flag, FlagRule } from './flag.ts';
import { unitHashOf, type Coin } from './unit-names.ts';

/** Pairs of flag and variant that are told apart. */
export const MAX_EXPOSURES = 500;
/** No flag and no variant can be called like these. */
export const OTHER_FLAGS = '(other)';
export const CALLERS_DEFAULT = '(default)';

/** By `<flag>=<variant>`: neither can hold a "=". */
export type ExposureCounts = Map<string, number>;

export interface Exposure {
  readonly flag: string;
  readonly variant: string;
}

/** Errors are no exposures. */
export function addExposure(counts: ExposureCounts, { key, flag, variant, errorCode }: Evaluation): void {
  if (flag === undefined || errorCode !== undefined) return;
  addCount(counts, `${key}=${variant?.name ?? CALLERS_DEFAULT}`, 1);
}

/** Merging is addition. What is new when there are too many is counted together. */
export function mergeExposures(into: ExposureCounts, from: Iterable<readonly [string, number]>): void {
  for (const [key, count] of from) addCount(into, key, count);
}

function addCount(counts: ExposureCounts, key: string, count: number): void {
  const known = counts.has(key) || counts.size < MAX_EXPOSURES - 1 ? key : `${OTHER_FLAGS}=${OTHER_FLAGS}`;
  counts.set(known, (counts.get(known) ?? 0) + count);
}

/** @param key of {@link ExposureCounts} */
export function exposureOf(key: string): Exposure {
  const at = key.indexOf('=');
  return { flag: key.slice(0, at), variant: key.slice(at + 1) };
}

/** How somebody was drawn for an experiment: only these are compared, with those of the same coin. */
export interface Drawn {
  /** The rule, its salt, and how it divides its units: another of them is another coin. */
  readonly coin: Coin;
  /** Names a unit to the hub. */
  readonly hashOf: (unit: string) => number;
}

/**
 * @returns undefined for anyone who was not drawn: by a rule, a default, a gate, or no experiment at all. Whom
 *   the last rule's one variant leaves over was drawn, too: for the default
 */
export function drawnFor({ flag, variant, reason, rule, gate }: Evaluation): Drawn | undefined {
  if (flag?.experiment !== true || variant === null) return undefined;
  const isLeft = reason === 'DEFAULT' && gate === undefined && rule === '';
  const by = isLeft ? flag.rules.at(-1) : flag.rules.find(({ name }) => name === rule);
  if (by === undefined || !(isLeft || reason === 'SPLIT')) return undefined;
  const weights = coinWeights(flag, by);
  if (!Object.hasOwn(weights, variant.name)) return undefined;
  const draw = `${by.name} ${hex(by.seed)}`;
  const coin = { flag: flag.key, draw, coin: `${draw} ${JSON.stringify(weights)}`, weights };
  return { coin, hashOf: unitHashOf(coin) };
}

function coinWeights({ variants, rules, fallback }: Flag, rule: FlagRule): Record<string, number> {
  const drawn = variants.filter(({ index }) => (rule.weights[index] ?? 0) > 0);
  const weights = Object.fromEntries(drawn.map(({ name, index }) => [name, rule.weights[index]!]));
  const [only] = drawn;
  const leavesTheRest =
    rule === rules.at(-1) && rule.holds === null && rule.schedule === null && drawn.length === 1;
  if (!leavesTheRest || rule.draw.kind !== 'ranges' || fallback === null || fallback === only) return weights;
  const buckets = rule.draw.ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const taken = Math.round((buckets / 2 ** 32) * WHOLE);
  return { [only!.name]: taken, [fallback.name]: WHOLE - taken };
}
