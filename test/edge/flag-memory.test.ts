import { describe, expect, it } from 'vitest';
import type { FlagsOff } from '../../src/core/flags/off-list.ts';
import type { Stored } from '../../src/core/rollout/active.ts';
import type { KeyedProblem } from '../../src/core/rollout/problem.ts';

interface Memory {
  readonly set: { readonly generation: string; readonly byKey: ReadonlyMap<string, unknown> };
  readonly off: ReadonlySet<string>;
  readonly isPresent: boolean;
  readonly isAbsent: boolean;
  readonly problems: readonly KeyedProblem[];
  take(news: Stored | null): void;
  fill(kept: Stored | null): void;
  takeOff(list: FlagsOff): void;
}

/** By its address: its neighbours need the platform's types, which are not those of Node's programs. */
const { FlagMemory } = (await import(new URL('../../src/edge/flag-memory.ts', import.meta.url).href)) as {
  FlagMemory: new (name: string) => Memory;
};

const flag = { type: 'boolean', variants: { on: true, off: false }, default: 'on', off: 'off' };
const text = (...keys: string[]): string => JSON.stringify(Object.fromEntries(keys.map(key => [key, flag])));
const keysOf = ({ set }: Memory): string[] => [...set.byKey.keys()];
const memoryOf = (...read: (Stored | null)[]): Memory => {
  const memory = new FlagMemory('default');
  for (const each of read) memory.take(each);
  return memory;
};
const offList = (sequence: number, flags: Record<string, number>): FlagsOff => ({
  rollout: 'default',
  sequence,
  flags,
});

describe('the flags that an isolate remembers', () => {
  it('stay as they were when KV has none, garbage, or an earlier revision', () => {
    const good = { text: text('a'), revision: 3 };
    for (const bad of [null, { text: '{' }, { text: '[]', revision: 4 }, { text: text('b'), revision: 2 }])
      expect(keysOf(memoryOf(good, bad))).toEqual(['a']);
  });

  it('tell what is wrong as long as it is there, and forget it with it', () => {
    const memory = memoryOf({ text: text('a') }, { text: '{' }, { text: '{' });
    expect(memory.problems[0]).toMatchObject({ key: 'flags:default', path: '$' });
    memory.take({ text: text('a') });
    expect(memory.problems).toEqual([]);
  });

  it('are in force but for the malformed one, which is told', () => {
    const memory = memoryOf({ text: JSON.stringify({ a: flag, b: { type: 'boolean' } }) });
    expect(keysOf(memory)).toEqual(['a', 'b']);
    expect(memory.problems[0]?.path).toMatch(/^\$\.b/);
  });

  it('are compiled once per text', () => {
    const memory = memoryOf({ text: text('a'), revision: 1 });
    const { set } = memory;
    memory.take({ text: text('a'), revision: 2 });
    expect(memory.set).toBe(set);
  });

  it("are the controller's where KV brings none or a bad one, and never before KV's own", () => {
    const kept = { text: text('kept'), revision: 2 };
    const filled = (...read: (Stored | null)[]): string[] => {
      const memory = memoryOf(...read);
      memory.fill(kept);
      return keysOf(memory);
    };
    expect(filled(null)).toEqual(['kept']);
    expect(filled({ text: '{' })).toEqual(['kept']);
    expect(filled({ text: text('old'), revision: 1 }, { text: '{' })).toEqual(['kept']);
    expect(filled({ text: text('hand') })).toEqual(['hand']);
    expect(filled({ text: text('new'), revision: 3 })).toEqual(['new']);
  });

  it('are known to be absent only where a store has said so: else others could get the default ones', () => {
    expect(memoryOf().isAbsent).toBe(false);
    expect(memoryOf(null).isAbsent).toBe(true);
    const refused = memoryOf({ text: '{' });
    expect([refused.isAbsent, refused.isPresent]).toEqual([false, false]);
  });

  it('stay absent when garbage is put where there was nothing, and present where there was something', () => {
    expect(memoryOf(null, { text: '{' })).toMatchObject({ isAbsent: true, isPresent: false });
    expect(memoryOf({ text: text('a') }, { text: '{' })).toMatchObject({ isAbsent: false, isPresent: true });
  });
});

describe('a flag that is switched off', () => {
  it('is off until the document that says so, or a later one, is here', () => {
    const memory = memoryOf({ text: text('a'), revision: 4 });
    memory.takeOff(offList(1, { a: 5 }));
    expect([...memory.off]).toEqual(['a']);
    memory.take({ text: text('a', 'b'), revision: 5 });
    expect([...memory.off]).toEqual([]);
  });

  it('is not brought back by a reply that was overtaken', () => {
    const memory = memoryOf({ text: text('a'), revision: 4 });
    memory.takeOff(offList(7, {}));
    memory.takeOff(offList(6, { a: 5 }));
    expect([...memory.off]).toEqual([]);
  });
});
