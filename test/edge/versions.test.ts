import { describe, expect, it } from 'vitest';
import { Versions } from '../../src/edge/versions.ts';

function seen(...values: readonly (string | null)[]): Record<string, string> {
  const versions = new Versions();
  for (const value of values) versions.see('canary', value);
  return versions.take();
}

describe('the version that an origin tells', () => {
  it.each<[string, readonly (string | null)[], Record<string, string>]>([
    ['is the last one', ['1', '2'], { canary: '2' }],
    ['stays while a page in between tells none', ['1', null], { canary: '1' }],
    ['is 128 characters at most', ['1', 'x'.repeat(129)], { canary: '1' }],
    ['has no other than visible ASCII characters', ['é', 'a\tb', ''], {}],
  ])('%s', (_, values, expected) => {
    expect(seen(...values)).toEqual(expected);
  });

  it('is told once', () => {
    const versions = new Versions();
    versions.see('canary', '1');
    expect([versions.take(), versions.take()]).toEqual([{ canary: '1' }, {}]);
  });
});
