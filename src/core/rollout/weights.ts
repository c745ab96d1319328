/**
 * Weights as ops write them (`weight:<name>` in KV, the API, the CLI), in integer thousandths of a
 * percent so that `0.25` is exact.
 */
import { err, ok, type Result } from '../result.ts';
import { jsonPath, quote, type Problem } from './problem.ts';
import { STABLE } from './schema.ts';

/** Thousandths of a percent in 100 %. */
export const WHOLE = 100_000;

/** Share of each candidate in thousandths of a percent; a candidate that isn't named has 0. */
export type Weights = ReadonlyMap<string, number>;

export const NO_WEIGHTS: Weights = new Map();

/** Parses the text of a KV value: `10`, `0.25` or `{"canary": 10, "canary-b": 5}`. */
export function parseWeightText(text: string, candidates: readonly string[]): Result<Weights, Problem[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err([
      problem('$', `expected a number from 0 to 100 or an object like {"canary": 10}, got ${quote(text)}`),
    ]);
  }
  return parseWeights(value, candidates);
}

/**
 * @param candidates names of the document's variants beside stable, in its order. A bare number is
 *   the weight of `canary`, or of the only candidate.
 */
export function parseWeights(value: unknown, candidates: readonly string[]): Result<Weights, Problem[]> {
  if (typeof value === 'number') {
    const share = parseShare(value, '$');
    if (!share.ok) return err([share.error]);
    const candidate = candidates.length === 1 ? candidates[0] : candidates.find(name => name === 'canary');
    if (candidate !== undefined) return ok(new Map([[candidate, share.value]]));
    if (share.value === 0) return ok(NO_WEIGHTS);
    return err([
      problem(
        '$',
        `a bare number needs a variant "canary" or a single candidate; name one of: ${list(candidates)}`,
      ),
    ]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err([
      problem('$', `expected a number from 0 to 100 or an object like {"canary": 10}, got ${quote(value)}`),
    ]);
  }
  return parseShares(Object.entries(value), candidates);
}

function parseShares(
  entries: [string, unknown][],
  candidates: readonly string[],
): Result<Weights, Problem[]> {
  if (entries.length === 0) return err([problem('$', 'expected at least one variant with its weight')]);
  const weights = new Map<string, number>();
  const problems: Problem[] = [];
  let total = 0;
  for (const [name, value] of entries.slice(0, 32)) {
    const path = jsonPath([name]);
    if (name === STABLE)
      problems.push(problem(path, 'stable takes what the others leave: it has no weight of its own'));
    else if (!candidates.includes(name))
      problems.push(problem(path, `no such variant; the document has: ${list(candidates)}`));
    else {
      const share = parseShare(value, path);
      if (share.ok) {
        weights.set(name, share.value);
        total += share.value;
      } else problems.push(share.error);
    }
  }
  if (total > WHOLE) problems.push(problem('$', `the weights add up to ${total / 1000}, more than 100`));
  return problems.length > 0 ? err(problems) : ok(weights);
}

function parseShare(value: unknown, path: string): Result<number, Problem> {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) {
    return err(problem(path, `expected a number from 0 to 100, got ${quote(value)}`));
  }
  const share = Math.round(value * 1000);
  // 0.07 * 1000 is 70.00000000000001 in binary: compare what the decimal would have been.
  if (share / 1000 !== value) return err(problem(path, `expected at most three decimals, got ${value}`));
  return ok(share);
}

/**
 * The last good weights under another document: what names a candidate that is gone goes to stable,
 * to no other candidate.
 */
export function applicableWeights(text: string, candidates: readonly string[]): Weights {
  const parsed = parseWeightText(text, candidates);
  if (parsed.ok) return parsed.value;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NO_WEIGHTS;
  }
  if (typeof value !== 'object' || value === null) return NO_WEIGHTS;
  const kept = Object.entries(value).filter(([name]) => candidates.includes(name));
  const shares = parseShares(kept, candidates);
  return shares.ok ? shares.value : NO_WEIGHTS;
}

function problem(path: string, message: string): Problem {
  return { path, message };
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.map(name => `"${name}"`).join(', ') : 'no candidate';
}
