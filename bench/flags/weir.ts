/** Weir's own engine, as the edge asks it. */
import { compileFlags } from '../../src/core/flags/compile.ts';
import { Evaluator } from '../../src/core/flags/evaluate.ts';
import { NO_FLAGS } from '../../src/core/flags/evaluation.ts';
import type { FlagSet } from '../../src/core/flags/flag.ts';
import { flagsHeader } from '../../src/core/flags/header.ts';
import { factsOf, visitors } from '../asking.ts';
import { COUNTRIES, PLAN, SHARE, type Contender, type FlagUser } from './job.ts';

const none = (): undefined => undefined;

export const WEIR: Contender = {
  name: 'Weir',
  times: 200_000,
  open(keys, users) {
    const set = flagSetOf(keys);
    const requests = requestsOf(users);
    return {
      kind: 'sync',
      // A request that asks for one flag: an evaluator of its own for each.
      isOn: (flag, user) => new Evaluator(set, requests[user]!).evaluate(keys[flag]!).variant?.value === true,
    };
  },
};

/** All flags of a document for one request, as the bulk endpoint and the header for the origin ask. */
export function bulkOf(keys: readonly string[], users: readonly FlagUser[]): (user: number) => number {
  const set = flagSetOf(keys);
  const requests = requestsOf(users);
  return user => {
    let on = 0;
    for (const { variant } of new Evaluator(set, requests[user]!).all(() => true))
      if (variant?.value === true) on++;
    return on;
  };
}

/** What the origin is told of all flags of a document. @returns the header's length for a user */
export function headerOf(keys: readonly string[], users: readonly FlagUser[]): (user: number) => number {
  const set = flagSetOf(keys, { origin: true });
  const requests = requestsOf(users);
  return user => flagsHeader(new Evaluator(set, requests[user]!), set)?.length ?? 0;
}

function requestsOf(users: readonly FlagUser[]) {
  const [asking] = visitors(1, () => ({}));
  return users.map(({ id, ...attributes }) => ({
    context: { targetingKey: id, ...attributes },
    facts: factsOf(asking!),
    rolloutVariant: none,
    off: NO_FLAGS,
  }));
}

function flagSetOf(keys: readonly string[], more: object = {}): FlagSet {
  const flag = {
    ...more,
    type: 'boolean',
    variants: { on: true, off: false },
    off: 'off',
    rules: [
      { if: { 'context.country': COUNTRIES }, serve: 'on' },
      { if: { 'context.plan': PLAN, 'context.beta': true }, serve: 'on' },
      { weights: { on: SHARE } },
    ],
  };
  const compiled = compileFlags(JSON.stringify(Object.fromEntries(keys.map(key => [key, flag]))));
  if (!compiled.ok || compiled.value.problems.length > 0) {
    throw new Error(`the benchmark's flags are not valid: ${JSON.stringify(compiled)}`);
  }
  return compiled.value.set;
}
