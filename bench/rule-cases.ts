/**
 * What decisions by rules are measured with. Runs in Node and in the runtime, which has no clock of
 * its own during a request: whoever calls measures.
 */
import type { Active } from '../src/core/rollout/active.ts';
import { compilePattern } from '../src/core/rollout/conditions/pattern.ts';
import { decide } from '../src/core/rollout/decide.ts';
import { factsOf, visitors, type Asking } from './asking.ts';
import { activeRollout } from './rollouts.ts';
import { HOSTILE_PATTERNS, hostileTexts, lastHolds, missing, OF_AGENTS, SEGMENTS } from './rules.ts';

/** Does it so often. @throws if it doesn't do what it must */
export type Run = (times: number) => void;

const REQUESTS = 64;
/** More user agents than an isolate remembers. */
const STRANGERS = 1024;
const VISITOR = 'AAAAAAAAAAAA';

export const CASES = {
  missing10: () => deciding(rulesOf(missing(10)), visitors(REQUESTS, nothing), 'split'),
  last10: () => deciding(rulesOf(lastHolds(10)), visitors(REQUESTS, nothing), 'rule'),
  missing10Read: () => decidingAgain(rulesOf(missing(10))),
  missing55Read: () => decidingAgain(rulesOf(missing(55))),
  missing100Read: () => decidingAgain(rulesOf(missing(100))),
  missing100: () => deciding(rulesOf(missing(100)), visitors(REQUESTS, nothing), 'split'),
  headers: () => readingHeaders(visitors(REQUESTS, nothing)),
  agentKnown: () => deciding(rulesOf(OF_AGENTS), visitors(REQUESTS, nothing), 'split'),
  agentStrange: () => deciding(rulesOf(OF_AGENTS), visitors(STRANGERS, strangeAgent(200)), 'split'),
  agentLong: () => deciding(rulesOf(OF_AGENTS), visitors(STRANGERS, strangeAgent(10_240)), 'split'),
  hostile0: () => matching(HOSTILE_PATTERNS[0]!),
  hostile1: () => matching(HOSTILE_PATTERNS[1]!),
} satisfies Record<string, () => Run>;

export type CaseName = keyof typeof CASES;

/** Headers that the ten rules ask for: of Chrome all of them are there but the form factor and `x-*`. */
const ASKED = [
  'user-agent',
  'sec-ch-ua-mobile',
  'sec-ch-ua-form-factors',
  'sec-ch-ua-platform',
  'accept-language',
  'x-team',
  'x-office',
];

const nothing = (): Record<string, string> => ({});

/** All of them differ, in their first characters too, and end like a browser's that nobody knows. */
function strangeAgent(length: number): (number: number) => Record<string, string> {
  return number => {
    const start = `Mozilla/5.0 (Unknown; Thing ${number}; `;
    return { 'user-agent': `${start.padEnd(length - 30, 'abcdefghi ')}) Gecko/${number} Other/1.0` };
  };
}

function rulesOf(rules: readonly unknown[]): Active {
  return activeRollout(0, { segments: SEGMENTS, rules });
}

/** A decision as the proxy makes it, with facts that are new. */
function deciding({ rollout, split }: Active, askings: readonly Asking[], reason: 'rule' | 'split'): Run {
  return times => {
    for (let i = 0; i < times; i++) {
      const decision = decide(rollout, split, VISITOR, factsOf(askings[i % askings.length]!));
      if (decision.reason !== reason) throw new Error(`decided by ${decision.rule ?? decision.reason}`);
    }
  };
}

/** The same with facts that were read before: what the rules cost by themselves. */
function decidingAgain({ rollout, split }: Active): Run {
  const known = visitors(REQUESTS, nothing).map(factsOf);
  return times => {
    for (let i = 0; i < times; i++) {
      const { reason } = decide(rollout, split, VISITOR, known[i % REQUESTS]!);
      if (reason !== 'split') throw new Error(`decided by a ${reason}`);
    }
  };
}

/** Nothing but reading them: no decision by these rules can cost less. */
function readingHeaders(askings: readonly Asking[]): Run {
  return times => {
    let found = 0;
    for (let i = 0; i < times; i++) {
      const { headers } = askings[i % askings.length]!.request;
      for (const name of ASKED) if (headers.get(name) !== null) found++;
    }
    if (found < times) throw new Error('these requests have no headers');
  };
}

function matching(pattern: string): Run {
  const compiled = compilePattern(pattern, false);
  if (!compiled.ok) throw new Error(compiled.error);
  const { isIn, maxText } = compiled.value;
  const texts = hostileTexts(maxText);
  return times => {
    for (let i = 0; i < times; i++) if (isIn(texts[i % texts.length]!)) throw new Error('it does not match');
  };
}
