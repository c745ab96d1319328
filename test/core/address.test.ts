import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { isMapped, readAddress } from '../../src/core/rollout/conditions/address-text.ts';

/** The library's reading, as eight groups; undefined for no address. */
function groupsByLibrary(text: string): number[] | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return ipaddr.IPv4.parse(text).toIPv4MappedAddress().parts.slice();
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text).parts.slice() : undefined;
}

function groupsRead(text: string): number[] | undefined {
  const words = new Int32Array(4);
  if (!readAddress(text, words)) return undefined;
  return [...words].flatMap(word => [word >>> 16, word & 0xffff]);
}

describe('an address', () => {
  const groups = fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 5, maxLength: 9 })
    .chain(numbers =>
      fc.nat(9).map(gap =>
        numbers
          .map(n => n.toString(16))
          .toSpliced(gap, 0, '')
          .join(':'),
      ),
    );
  const pieces = [':', '::', '.', '0', '1', '00001', '010', '255', '256', '999', 'ffff', 'A', 'g', '12345'];
  const odd = fc
    .array(fc.constantFrom(...pieces, '%eth0', '%', ' ', '-1', '1.2.3.4', '::ffff:', '0x7f'), {
      maxLength: 17,
    })
    .map(parts => parts.join(''));

  it('is read as the library reads it', () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), groups, odd);
    fc.assert(
      fc.property(text, address => {
        expect(groupsRead(address)).toEqual(groupsByLibrary(address));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['1.2.3.4', true],
    ['::ffff:1.2.3.4', true],
    ['::ffff:102:304', true],
    ['::fffe:102:304', false],
  ])('%s is one of IPv4: %s', (text, expected) => {
    const words = new Int32Array(4);
    expect(readAddress(text, words) && isMapped(words)).toBe(expected);
  });
});
