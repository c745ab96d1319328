/** What rules cost: in Node, round by round. */
import { atMost, type Figure, type Section } from './figures.ts';
import { CASES, type CaseName } from './rule-cases.ts';
import { inTurn } from './turns.ts';

/** How often each is done in a round: tens of milliseconds, well above what the clock and the collector do. */
const TIMES: Readonly<Record<CaseName, number>> = {
  missing10: 30_000,
  last10: 30_000,
  missing10Read: 300_000,
  missing55Read: 60_000,
  missing100Read: 30_000,
  missing100: 30_000,
  headers: 30_000,
  agentKnown: 50_000,
  agentStrange: 2048,
  agentLong: 2048,
  hostile0: 300,
  hostile1: 300,
};
/** Twice as many rules may cost twice as much, and not more than this much more. */
const LINEAR = 1.5;

export async function measureRules(rounds: number): Promise<Section[]> {
  const names = Object.keys(TIMES) as CaseName[];
  const runs = names.map(name => runner(name));
  const values = await inTurn(rounds, runs);
  const of = (name: CaseName, unit: Figure['unit'] = 'ns'): number[] =>
    values[names.indexOf(name)]!.map(value => (unit === 'µs' ? value / 1000 : value));
  const slope = (few: CaseName, many: CaseName, rules: number): number[] =>
    of(many).map((value, round) => (value - of(few)[round]!) / rules);
  const firstHalf = slope('missing10Read', 'missing55Read', 45);
  return [
    {
      title: 'Decision by 10 rules',
      note:
        'Device, segment by a header, country, path, language, networks. Facts are new for each decision, so reading ' +
        "and understanding headers is in it. In Node, whose Request is not the runtime's.",
      figures: [
        { name: 'none holds', unit: 'ns', values: of('missing10'), target: atMost(300) },
        { name: 'the last one holds', unit: 'ns', values: of('last10'), target: atMost(300) },
        {
          name: 'none holds, facts read before',
          unit: 'ns',
          values: of('missing10Read'),
          target: atMost(300),
        },
        { name: 'reading the 7 headers, nothing else', unit: 'ns', values: of('headers') },
      ],
    },
    {
      title: 'Rules that do not match, 10 → 100',
      note: 'What each of the 90 more costs; all facts read before, then new ones. In Node.',
      figures: [
        {
          name: 'per rule',
          unit: 'ns',
          values: slope('missing10Read', 'missing100Read', 90),
          target: atMost(30),
        },
        {
          name: 'per rule, facts new',
          unit: 'ns',
          values: slope('missing10', 'missing100', 90),
          target: atMost(30),
        },
        {
          name: '55 → 100 ÷ 10 → 55',
          unit: 'ratio',
          values: slope('missing55Read', 'missing100Read', 45).map((value, i) => value / firstHalf[i]!),
          target: atMost(LINEAR),
        },
      ],
    },
    {
      title: 'What a visitor can make dear',
      note:
        'Rules on device, browser and a pattern on the user agent, which is one that was seen before or each time ' +
        'another; and patterns on which backtracking would not end, on the longest texts that they look at. In Node.',
      figures: [
        { name: 'user agent seen before', unit: 'µs', values: of('agentKnown', 'µs') },
        { name: 'user agent of 200 characters, unseen', unit: 'µs', values: of('agentStrange', 'µs') },
        { name: 'user agent of 10 KB, unseen', unit: 'µs', values: of('agentLong', 'µs') },
        { name: '`matches` "^(a|aa|a?a)+$"', unit: 'µs', values: of('hostile0', 'µs') },
        { name: '`matches` "(.*[ab]){10}[xy]"', unit: 'µs', values: of('hostile1', 'µs') },
      ],
    },
  ];
}

/** @returns a function that returns nanoseconds for one */
function runner(name: CaseName): () => number {
  const run = CASES[name]();
  const times = TIMES[name];
  return () => {
    const start = process.hrtime.bigint();
    run(times);
    return Number(process.hrtime.bigint() - start) / times;
  };
}
