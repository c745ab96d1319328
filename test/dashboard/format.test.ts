import { describe, expect, it } from 'vitest';
import {
  count,
  duration,
  lostWords,
  moreSeconds,
  points,
  rate,
  ratio,
  seconds,
  weight,
} from '../../dashboard/text/format.ts';

/** Units are bound to their numbers; the tables are easier to read without. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ').replaceAll('\u2212', '-');

describe('a figure is shown as people read it', () => {
  it.each<[what: string, shown: string, expected: string]>([
    ['a large count', count(1_214_000), '1,214,000'],
    ['a whole weight', weight(10), '10 %'],
    ['a small weight, exactly', weight(0.025), '0.025 %'],
    ['no errors', ratio(0), '0 %'],
    ['few errors', ratio(0.004), '0.40 %'],
    ['some errors', ratio(0.0412), '4.1 %'],
    ['many errors', ratio(0.5), '50 %'],
    ['nothing but errors', ratio(1), '100 %'],
    ['next to no errors, which is not none', ratio(0.000001), '<0.01 %'],
    ['an error ratio without requests', ratio(null), '–'],
    ['no requests', rate(0), '0'],
    ['a request now and then', rate(0.25), '0.25'],
    ['some requests', rate(8.04), '8.0'],
    ['many requests', rate(12_345.6), '12,346'],
    ['a latency in milliseconds', seconds(0.0874), '87 ms'],
    ['a latency below what the clock tells', seconds(0.0004), '<1 ms'],
    ['a latency just below a second', seconds(0.9996), '1.0 s'],
    ['a latency in seconds', seconds(1.234), '1.2 s'],
    ['a latency without requests', seconds(null), '–'],
    ['a moment', duration(900), '0 s'],
    ['a time in seconds while that says more', duration(90_000), '90 s'],
    ['a time in minutes', duration(240_000), '4 min'],
    ['a time in hours', duration(2 * 3_600_000 + 1), '2 h'],
    ['a time in days', duration(3 * 86_400_000), '3 d'],
    ['a time that lies ahead, by two clocks', duration(-5000), '0 s'],
    ['a rise in points', points(0.0011), '+0.11 points'],
    ['a fall in points', points(-0.25), '-25 points'],
    ['a longer latency', moreSeconds(0.012), '+12 ms'],
    ['a shorter latency', moreSeconds(-1.5), '-1.5 s'],
    ['a latency longer by next to nothing, which is not nothing', moreSeconds(0.00042), '+0.4 ms'],
    ['a rise by next to nothing', points(0.0000001), '+0.01 points'],
    ['no difference', moreSeconds(0), '0 ms'],
    ['an outcome that is lost', lostWords(1), '1 outcome since the rollout exists is in none of the figures'],
    [
      'outcomes that are lost',
      lostWords(1234),
      '1,234 outcomes since the rollout exists are in none of the figures',
    ],
  ])('%s', (_, shown, expected) => {
    expect(plain(shown)).toBe(expected);
  });
});
