/** What one flag costs, of Weir and of others, in one process and in turn. */
import { atLeast, atMost, type Figure, type Section, type Target } from '../figures.ts';
import { inTurn, type Measurement } from '../turns.ts';
import { FLAGD, GROWTHBOOK, VERCEL } from './engines.ts';
import {
  CLAIMED,
  checkEngine,
  flagKeys,
  flagUsers,
  pairOf,
  SHARE,
  TOLERANCE,
  type Contender,
  type Engine,
} from './job.ts';
import { LAUNCHDARKLY, SPLIT, UNLEASH } from './vendors.ts';
import { bulkOf, headerOf, WEIR } from './weir.ts';

const RIVALS = [FLAGD, GROWTHBOOK, VERCEL, UNLEASH, SPLIT, LAUNCHDARKLY];
/** Weir's rivals cost at least so many times as much. */
const AHEAD: ReadonlyMap<Contender, Target> = new Map([
  [FLAGD, atLeast(2)],
  [GROWTHBOOK, atLeast(5)],
  [VERCEL, atLeast(5)],
]);
const FEW = 1;
const MANY = 500;
const BULKS = 400;
const FOR_ORIGIN = 20;
const HEADERS = 10_000;

export async function measureFlags(rounds: number): Promise<Section[]> {
  // Some of them check their callers in development, at every call.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    return [await compare(rounds, FEW), await compare(rounds, MANY), await measureTogether(rounds)];
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

async function compare(rounds: number, flags: number): Promise<Section> {
  const keys = flagKeys(flags);
  const users = flagUsers();
  const contenders = [WEIR, ...RIVALS];
  const engines: Engine[] = [];
  try {
    for (const contender of contenders) {
      const engine = await contender.open(keys, users);
      engines.push(engine);
      await checkEngine(contender.name, engine, flags, users);
    }
    const values = await inTurn(
      rounds,
      contenders.map((contender, i) => runner(contender, engines[i]!, flags)),
    );
    const own = values[0]!;
    const figures = contenders.map(({ name }, i): Figure => ({
      name: engines[i]!.kind === 'async' ? `${name} (async)` : name,
      unit: 'ns',
      values: values[i]!,
      ...(contenders[i] === WEIR ? { target: atMost(200) } : {}),
    }));
    const ratios = RIVALS.map((rival, i): Figure => {
      const target = AHEAD.get(rival);
      return {
        name: `${rival.name} ÷ Weir`,
        unit: 'ratio',
        values: values[i + 1]!.map((value, round) => value / own[round]!),
        ...(target === undefined ? {} : { target }),
      };
    });
    return {
      title: `One flag among ${flags}`,
      note:
        `Two targeting rules, then ${SHARE} % of everyone else, for 1,000 users in turn; all of them claim the same users ` +
        'and draw the same share, which is checked before and while they are timed. In Node, one process, without a network. ' +
        'Weir makes an evaluator for every call, as a request for one flag does. Three are used in ' +
        'a way that favours them: Split by its internal evaluator, Vercel by its bare evaluate function, Unleash without its metrics.',
      figures: [...figures, ...ratios],
    };
  } finally {
    for (const engine of engines) engine.close?.();
  }
}

/** @returns a function that returns nanoseconds for one evaluation */
function runner({ name, times }: Contender, engine: Engine, flags: number): Measurement {
  if (engine.kind === 'sync') {
    return () => {
      let on = 0;
      const start = process.hrtime.bigint();
      for (let i = 0; i < times; i++) {
        const [flag, user] = pairOf(i, flags);
        if (engine.isOn(flag, user)) on++;
      }
      return conclude(name, start, on, times);
    };
  }
  return async () => {
    let on = 0;
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) {
      const [flag, user] = pairOf(i, flags);
      if (await engine.isOn(flag, user)) on++;
    }
    return conclude(name, start, on, times);
  };
}

/** Also keeps the compiler from leaving out what nobody reads. */
function conclude(name: string, start: bigint, on: number, times: number): number {
  const elapsed = Number(process.hrtime.bigint() - start);
  const percent = (on / times) * 100;
  const expected = CLAIMED + (SHARE * (100 - CLAIMED)) / 100;
  if (Math.abs(percent - expected) > TOLERANCE) {
    throw new Error(`${name}: on for ${percent.toFixed(1)} %, expected ${expected} %`);
  }
  return elapsed / times;
}

/** Of Weir alone: one evaluator for many flags. */
async function measureTogether(rounds: number): Promise<Section> {
  const users = flagUsers();
  const bulk = bulkOf(flagKeys(MANY), users);
  const header = headerOf(flagKeys(FOR_ORIGIN), users);
  const [all, told] = await inTurn(rounds, [
    () => {
      let on = 0;
      const start = process.hrtime.bigint();
      for (let i = 0; i < BULKS; i++) on += bulk(i % users.length);
      return conclude('all flags', start, on, BULKS * MANY);
    },
    () => {
      let length = 0;
      const start = process.hrtime.bigint();
      for (let i = 0; i < HEADERS; i++) length += header(i % users.length);
      const elapsed = Number(process.hrtime.bigint() - start);
      if (length < HEADERS * FOR_ORIGIN) throw new Error('the header for the origin lacks flags');
      return elapsed / (HEADERS * FOR_ORIGIN);
    },
  ]);
  return {
    title: 'Many flags for one request',
    note:
      `The same flags; what each of them costs where one evaluator is made for all: of ${MANY} in a bulk request, ` +
      `of ${FOR_ORIGIN} in the header for the origin, with its text.`,
    figures: [
      { name: `one of ${MANY}`, unit: 'ns', values: all!, target: atMost(200) },
      { name: `one of ${FOR_ORIGIN} in x-weir-flags`, unit: 'ns', values: told!, target: atMost(200) },
    ],
  };
}
