/** What rules cost in the runtime itself, whose headers are not Node's: each one is a call out of JavaScript. */
import { atMost, type Section } from './figures.ts';
import type { CaseName } from './rule-cases.ts';
import type { Stage } from './stage.ts';
import { BROWSER, visit } from './visitor.ts';

const TIMES = 20_000;
const NAMES = ['missing10', 'last10', 'missing10Read', 'missing100Read', 'headers'] as const;

export async function measureRulesInRuntime(stage: Stage, rounds: number): Promise<Section> {
  const values = new Map<CaseName, number[]>(NAMES.map(name => [name, []]));
  const runtime = await stage.start('rules');
  try {
    // The first round is for the compiler.
    for (let round = 0; round <= rounds; round++) {
      for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
        const nanoseconds = await timeOf(runtime.url, name);
        if (round > 0) values.get(name)!.push(nanoseconds);
      }
    }
  } finally {
    await runtime.stop();
  }
  const of = (name: (typeof NAMES)[number]): number[] => values.get(name)!;
  return {
    title: 'Decision by 10 rules, in the runtime',
    note:
      `The same rules and visitors; ${TIMES} decisions in one request, timed from outside, less what one without any ` +
      'takes. No figure for the user agent here: what it costs is no matter of the runtime.',
    figures: [
      { name: 'none holds', unit: 'ns', values: of('missing10'), target: atMost(300) },
      { name: 'the last one holds', unit: 'ns', values: of('last10'), target: atMost(300) },
      { name: 'none holds, facts read before', unit: 'ns', values: of('missing10Read'), target: atMost(300) },
      { name: 'reading the 7 headers, nothing else', unit: 'ns', values: of('headers') },
      {
        name: 'per rule, 10 → 100, facts read before',
        unit: 'ns',
        values: of('missing100Read').map((value, i) => (value - of('missing10Read')[i]!) / 90),
        target: atMost(30),
      },
    ],
  };
}

async function timeOf(url: string, name: CaseName): Promise<number> {
  const none = await ask(url, name, 0);
  return (await ask(url, name, TIMES)) - none;
}

/** @returns nanoseconds, divided by {@link TIMES} */
async function ask(url: string, name: CaseName, times: number): Promise<number> {
  const start = process.hrtime.bigint();
  const { status } = await visit(`${url}/?case=${name}&times=${times}`, BROWSER);
  const elapsed = Number(process.hrtime.bigint() - start);
  if (status !== 200) throw new Error(`the runtime answered ${status} when asked for ${name}`);
  return elapsed / TIMES;
}
