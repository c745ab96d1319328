import { describe, expect, it } from 'vitest';
import { HeaderReads } from '../../src/edge/header-reads.ts';

describe('headers that many rules ask for', () => {
  const names = Array.from({ length: 20 }, (_, number) => `x-header-${number}`);

  it('are read once each, absent ones too', () => {
    const sent = new Headers(names.filter((_, number) => number % 3 === 0).map(name => [name, `of ${name}`]));
    const asked: string[] = [];
    const watched = { get: (name: string) => (asked.push(name), sent.get(name)) } as unknown as Headers;
    const reads = new HeaderReads(watched);
    for (let round = 0; round < 3; round++)
      for (const name of names) expect(reads.get(name)).toBe(sent.get(name) ?? undefined);
    expect(asked).toEqual(names);
  });

  it('do not include what Weir strips as its own', () => {
    const reads = new HeaderReads(new Headers({ 'x-weir-token': 't', 'x-weird': 'w' }));
    expect([reads.get('x-weir-token'), reads.get('x-weird')]).toEqual([undefined, 'w']);
  });
});
