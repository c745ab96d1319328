/** One decision for a returning visitor, the look-up of the host's rollout included. Pure, in Node. */
import { randomBytes } from 'node:crypto';
import { decide } from '../src/core/rollout/decide.ts';
import { facts } from '../test/support/facts.ts';
import { atMost, type Section } from './figures.ts';
import { activeRollout, hostName } from './rollouts.ts';
import { WEIGHT } from './stage.ts';

const DECISIONS = 2_000_000;
const FEW = 10;
const MANY = 1000;
/** Ids in turn: one alone would be hashed from the cache of everything. */
const VISITORS = 4096;

export function measureDecision(rounds: number): Section {
  // Twelve characters of base64url, as in the cookie.
  const visitors = Array.from({ length: VISITORS }, () => randomBytes(9).toString('base64url'));
  const sizes = [FEW, MANY].map(hosts => ({ hosts, values: [] as number[], run: runner(hosts, visitors) }));

  // The compiler has seen all of it before the first round.
  for (const { run } of sizes) run();
  for (let round = 0; round < rounds; round++) {
    for (const { run, values } of round % 2 === 0 ? sizes : sizes.toReversed()) values.push(run());
  }
  const [few, many] = sizes;
  return {
    title: 'Decision',
    note: `decide() for a visitor with a cookie and the look-up of their host; 0 rules, they do not exist yet.`,
    figures: [
      { name: `among ${FEW} rollouts`, unit: 'ns', values: few!.values, target: atMost(300) },
      { name: `among ${MANY} rollouts`, unit: 'ns', values: many!.values, target: atMost(300) },
      {
        name: `${MANY} ÷ ${FEW} rollouts`,
        unit: 'ratio',
        values: many!.values.map((value, round) => value / few!.values[round]!),
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
  const request = facts();
  return () => {
    let canaries = 0;
    let host = 0;
    const start = process.hrtime.bigint();
    for (let i = 0; i < DECISIONS; i++) {
      const { rollout, split } = rollouts.get(names[host]!)!;
      canaries += decide(rollout, split, visitors[i % VISITORS], request).variant.index;
      if (++host === hosts) host = 0;
    }
    const elapsed = Number(process.hrtime.bigint() - start);
    // Also keeps the compiler from leaving out what nobody reads.
    const percent = (canaries / DECISIONS) * 100;
    if (Math.abs(percent - WEIGHT) > 2) throw new Error(`${percent} % on the canary, expected ${WEIGHT} %`);
    return elapsed / DECISIONS;
  };
}
