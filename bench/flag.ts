/**
 * One flag with two rules and a 25 % share, for a new user each time: what an app's request over OFREP
 * asks for, without its JSON; and each of 20 flags for one visitor, as the proxy's header needs them.
 * Pure, in Node. By itself: `npx node bench/flag.ts`.
 */
import { compileFlags } from '../src/core/flags/compile.ts';
import { Evaluator } from '../src/core/flags/evaluate.ts';
import { NO_FLAGS, type FlagRequest } from '../src/core/flags/evaluation.ts';
import type { FlagSet } from '../src/core/flags/flag.ts';
import { flagsHeader } from '../src/core/flags/header.ts';
import { factsOf, visitors } from './asking.ts';
import { atMost, summaryOf, type Section } from './figures.ts';
import { inTurn } from './turns.ts';

const EVALUATIONS = 500_000;
const USERS = 4096;
const SHARE = 25;
const FOR_ORIGIN = 20;

/** A quarter of those whom no rule holds for, as {@link USERS} are. */
function flag(): object {
  return {
    type: 'boolean',
    variants: { on: true, off: false },
    off: 'off',
    origin: true,
    rules: [
      { if: { 'context.country': ['NZ', 'AU', 'FJ'] }, serve: 'on' },
      { if: { 'context.plan': 'enterprise', 'context.beta': true }, serve: 'on' },
      { weights: { on: SHARE, off: 100 - SHARE } },
    ],
  };
}

function flagsOf(count: number): FlagSet {
  const compiled = compileFlags(
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`flag-${n}`, flag()]))),
  );
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value.set;
}

function users(): FlagRequest[] {
  const facts = visitors(64, () => ({})).map(factsOf);
  return Array.from({ length: USERS }, (_, n) => ({
    context: {
      targetingKey: `user-${n}`,
      country: 'GB',
      plan: n % 2 === 0 ? 'enterprise' : 'pro',
      beta: false,
    },
    facts: facts[n % facts.length]!,
    rolloutVariant: () => undefined,
    off: NO_FLAGS,
  }));
}

export async function measureFlag(rounds: number): Promise<Section> {
  const [one, among, header] = (await inTurn(rounds, [runner(1), runner(500), headers()])) as [
    number[],
    number[],
    number[],
  ];
  return {
    title: 'Evaluation of a flag',
    note: 'two rules that are asked and do not hold, then 25 %; another user each time. In Node.',
    figures: [
      { name: 'the only one', unit: 'ns', values: one, target: atMost(200) },
      { name: 'of 500', unit: 'ns', values: among, target: atMost(200) },
      { name: `one of ${FOR_ORIGIN} in x-weir-flags`, unit: 'ns', values: header, target: atMost(200) },
    ],
  };
}

/** @returns what evaluates a document's flags in turn and returns nanoseconds for one */
function runner(count: number): () => number {
  const set = flagsOf(count);
  const requests = users();
  return () => {
    let on = 0;
    const start = process.hrtime.bigint();
    for (let i = 0; i < EVALUATIONS; i++) {
      const evaluator = new Evaluator(set, requests[i % USERS]!);
      on += evaluator.evaluate(set.flags[i % count]!.key).variant!.value === true ? 1 : 0;
    }
    const elapsed = Number(process.hrtime.bigint() - start);
    checkShare(on, EVALUATIONS);
    return elapsed / EVALUATIONS;
  };
}

function headers(): () => number {
  const set = flagsOf(FOR_ORIGIN);
  const requests = users();
  return () => {
    const times = EVALUATIONS / FOR_ORIGIN;
    let length = 0;
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++)
      length += flagsHeader(new Evaluator(set, requests[i % USERS]!), set)!.length;
    const elapsed = Number(process.hrtime.bigint() - start);
    if (length === 0) throw new Error('no header');
    return elapsed / EVALUATIONS;
  };
}

function checkShare(on: number, of: number): void {
  const percent = (on / of) * 100;
  if (Math.abs(percent - SHARE) > 2) throw new Error(`${percent} % are on, expected ${SHARE} %`);
}

if (import.meta.main)
  for (const { name, ...figure } of (await measureFlag(5)).figures)
    console.log(`${name}: ${summaryOf({ name, ...figure }).median.toFixed(0)} ns`);
