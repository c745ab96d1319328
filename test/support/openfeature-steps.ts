/** What the steps of OpenFeature's scenarios mean, for the server SDK. A step that is not here is an error. */
import type { EvaluationContextValue, FlagValue, Hook } from '@openfeature/server-sdk';
import { expect } from 'vitest';
import type { Step } from './gherkin.ts';
import type { World } from './openfeature-world.ts';

type Meaning = (world: World, args: readonly string[], table: Step['table']) => void | Promise<void>;

const TEXT = '"((?:[^"\\\\]|\\\\.)*)"';

const MEANINGS: readonly (readonly [pattern: string, meaning: Meaning])[] = [
  ['a (stable|not ready|error|fatal|stale) provider', (world, [kind]) => world.use(kind!)],
  [
    `a (\\w+)-flag with key ${TEXT} and a fallback value ${TEXT}`,
    (world, [type, key, fallback]) => {
      world.type = type!;
      world.key = key!;
      world.fallback = valueOf(type!, fallback!) as FlagValue;
    },
  ],
  [
    `a context containing a key ${TEXT}, with type ${TEXT} and with value ${TEXT}`,
    (world, [key, type, value]) => {
      world.context = { ...world.context, [key!]: valueOf(type!, value!) };
    },
  ],
  [
    `a context containing a key ${TEXT} with null value`,
    (world, [key]) => {
      world.context = { ...world.context, [key!]: null };
    },
  ],
  [
    'evaluation options containing specific hooks',
    world => {
      world.options = { hooks: ['first', 'second'].map(name => recordingHook(name, world.hookCalls)) };
    },
  ],
  [
    'an evaluation context with modifiable data',
    world => {
      world.context = { email: 'someone@example.com', address: { city: 'Cardiff' } };
    },
  ],
  [
    'the flag was evaluated with details(?: using the evaluation options)?',
    async world => {
      await world.evaluate();
    },
  ],
  [
    'the flag was evaluated with details asynchronously',
    world => {
      world.pending = world.start();
    },
  ],
  [
    'the evaluation should complete without blocking',
    async world => {
      // The call has come back, and this line runs before there is an answer.
      const first = await Promise.race([world.pending, Promise.resolve('not yet')]);
      expect(first).toBe('not yet');
      await world.pending;
      await world.evaluate();
    },
  ],
  [
    `the resolved details value should be ${TEXT}`,
    (world, [value]) => {
      expect(world.details.value).toEqual(valueOf(world.type, value!));
    },
  ],
  [
    `the reason should be ${TEXT}`,
    (world, [reason]) => {
      expect(world.details.reason).toBe(reason);
    },
  ],
  [
    `the error-code should be ${TEXT}`,
    (world, [code]) => {
      expect(world.details.errorCode).toBe(code);
    },
  ],
  [
    `the flag key should be ${TEXT}`,
    (world, [key]) => {
      expect(world.details.flagKey).toBe(key);
    },
  ],
  [
    `the variant should be ${TEXT}`,
    (world, [variant]) => {
      expect(world.details.variant).toBe(variant);
    },
  ],
  [
    'the resolved metadata should contain',
    (world, _, [, ...rows]) => {
      const expected = rows.map(([key, type, value]) => [key!, valueOf(type!, value!)] as const);
      expect(world.details.flagMetadata).toMatchObject(Object.fromEntries(expected));
    },
  ],
  [
    `the provider status should be ${TEXT}`,
    (world, [status]) => {
      expect(world.client.providerStatus).toBe(status);
    },
  ],
  [
    'the specified hooks should execute during evaluation',
    world => {
      expect(new Set(world.hookCalls.map(call => call.split(' ')[0]))).toEqual(new Set(['first', 'second']));
    },
  ],
  [
    'the hook order should be maintained',
    world => {
      // Specification 4.4.2: before in order, the rest in reverse.
      expect(world.hookCalls).toEqual([
        'first before',
        'second before',
        'second after',
        'first after',
        'second finally',
        'first finally',
      ]);
    },
  ],
  [
    'the original evaluation context should remain unmodified',
    world => {
      expect(world.context).toEqual({ email: 'someone@example.com', address: { city: 'Cardiff' } });
    },
  ],
  [
    'the evaluation details should be immutable',
    world => {
      // Of the details the specification asks it of the metadata (1.4.14.1).
      expect(Object.isFrozen(world.details.flagMetadata)).toBe(true);
    },
  ],
];

/** @throws on a step that nobody has given a meaning, or what it expects does not hold */
export async function run({ text, table }: Step, world: World): Promise<void> {
  for (const [pattern, meaning] of MEANINGS) {
    const match = new RegExp(`^${pattern}$`).exec(text);
    if (match === null) continue;
    await meaning(
      world,
      match.slice(1).map(arg => arg.replace(/\\(.)/g, '$1')),
      table,
    );
    return;
  }
  throw new Error(`nobody has given this step a meaning: ${text}`);
}

function valueOf(type: string, text: string): EvaluationContextValue {
  switch (type) {
    case 'Boolean':
      if (text !== 'true' && text !== 'false') throw new Error(`no boolean: ${text}`);
      return text === 'true';
    case 'String':
      return text;
    case 'Integer':
    case 'Float':
      return Number(text);
    case 'Object':
      return JSON.parse(text) as EvaluationContextValue;
    default:
      throw new Error(`no such type: ${type}`);
  }
}

function recordingHook(name: string, calls: string[]): Hook {
  const record = (stage: string) => () => {
    calls.push(`${name} ${stage}`);
  };
  return {
    before: record('before'),
    after: record('after'),
    error: record('error'),
    finally: record('finally'),
  };
}
