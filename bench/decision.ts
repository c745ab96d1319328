/**
 * One decision for a returning visitor, the look-up of the host's rollout and the making of the
 * visitor's facts included. Pure, in Node.
 */
import { randomBytes } from 'node:crypto';
import { decide } from '../src/core/rollout/decide.ts';
import { factsOf, visitors as requestsOf } from './asking.ts';
import { atMost, type Section } from './figures.ts';
import { activeRollout, hostName, WEIGHT } from './rollouts.ts';
import { inTurn } from './turns.ts';

const DECISIONS = 2_000_000;
const FEW = 10;
const MANY = 1000;
/** Ids in turn: one alone would be hashed from the cache of everything. */
const VISITORS = 4096;
const REQUESTS = 64;

export async function measureDecision(rounds: number): Promise<Section> {
  // Twelve characters of base64url, as in the cookie.
  const visitors = Array.from({ length: VISITORS }, () => randomBytes(9).toString('base64url'));
  const [few, many] = (await inTurn(
    rounds,
    [FEW, MANY].map(hosts => runner(hosts, visitors)),
  )) as [number[], number[]];
  return {
    title: 'Decision without rules',
    note: 'decide() for a visitor with a cookie, the look-up of their host and their facts, of which none is read. In Node.',
    figures: [
      { name: `among ${FEW} rollouts`, unit: 'ns', values: few, target: atMost(300) },
      { name: `among ${MANY} rollouts`, unit: 'ns', values: many, target: atMost(300) },
      {
        name: `${MANY} ÷ ${FEW} rollouts`,
        unit: 'ratio',
        values: many.map((value, round) => value / few[round]!),
        target: atMost(FLAT),
      },
    ],
  };
}

/** A hundred times the rollouts, and at most the cost of finding them outside the processor's cache. */
const FLAT = 1.5;

/** @returns a function that decides for every host in turn and returns nanoseconds per decision */
function runner(hosts: number, visitors: readonly string[]): () => number {
  const names = Array.from({ length: hosts }, (_, number) => hostName(number));
  const rollouts = new Map(names.map((name, number) => [name, activeRollout(number)]));
  const requests = requestsOf(REQUESTS, () => ({}));
  return () => {
    let canaries = 0;
    let host = 0;
    const start = process.hrtime.bigint();
    for (let i = 0; i < DECISIONS; i++) {
      const { rollout, split } = rollouts.get(names[host]!)!;
      const facts = factsOf(requests[i % REQUESTS]!);
      canaries += decide(rollout, split, visitors[i % VISITORS], facts).variant.index;
      if (++host === hosts) host = 0;
    }
    const elapsed = Number(process.hrtime.bigint() - start);
    // Also keeps the compiler from leaving out what nobody reads.
    const percent = (canaries / DECISIONS) * 100;
    if (Math.abs(percent - WEIGHT) > 2) throw new Error(`${percent} % on the canary, expected ${WEIGHT} %`);
    return elapsed / DECISIONS;
  };
}
