import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { murmur3 } from '../../src/core/rollout/hash.ts';

const VECTORS = new URL('../../../shared/vectors/bucketing.json', import.meta.url);

describe('bucketing', () => {
  it.skipIf(!existsSync(VECTORS))(
    'reproduces every shared vector (skipped where ../shared is absent)',
    () => {
      const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
        vectors: { salt: string; unit: string; bucket: number }[];
      };
      expect(vectors.length).toBeGreaterThan(30);
      for (const { salt, unit, bucket } of vectors)
        expect([salt, unit, murmur3(unit, murmur3(salt))]).toEqual([salt, unit, bucket]);
    },
  );

  it.each([
    // SMHasher's own values for murmur3_x86_32
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('hashes %j with seed %i as murmur3_x86_32 does', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it.each([
    ['a lone high surrogate', '\ud83d', '\ufffd'],
    ['a lone low surrogate', '\udc69', '\ufffd'],
    ['a high surrogate before a letter', '\ud83dx', '\ufffdx'],
  ])('takes %s for U+FFFD, as UTF-8 encoders do', (_, broken, encoded) => {
    expect(murmur3(broken)).toBe(murmur3(encoded));
  });
});
