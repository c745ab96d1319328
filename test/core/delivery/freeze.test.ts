import { describe, expect, it } from 'vitest';
import { frozen, type FreezeWindow } from '../../../src/core/delivery/freeze.ts';

const WEEKEND: FreezeWindow = {
  firstDay: 5,
  lastDay: 0,
  from: 16 * 60,
  to: 8 * 60,
  timezone: 'Pacific/Auckland',
};
const OFFICE: FreezeWindow = { firstDay: 1, lastDay: 5, from: 9 * 60, to: 17 * 60, timezone: 'UTC' };
const NIGHT: FreezeWindow = { ...OFFICE, firstDay: 3, lastDay: 3, from: 22 * 60, to: 6 * 60 };

describe('a freeze window', () => {
  // Auckland is 13 hours ahead of UTC in November, 12 in July.
  it.each<[window: string, at: string, until: string | null]>([
    ['weekend', '2026-11-27T02:59:00Z', null],
    ['weekend', '2026-11-27T03:00:00Z', '2026-11-29T19:00:00.000Z'],
    ['weekend', '2026-11-28T00:00:00Z', '2026-11-29T19:00:00.000Z'],
    ['weekend', '2026-11-29T18:59:59Z', '2026-11-29T19:00:00.000Z'],
    ['weekend', '2026-11-29T19:00:00Z', null],
    ['weekend', '2026-07-24T03:30:00Z', null],
    ['weekend', '2026-07-24T04:00:00Z', '2026-07-26T20:00:00.000Z'],
    ['office', '2026-11-23T08:59:00Z', null],
    ['office', '2026-11-23T09:00:00Z', '2026-11-23T17:00:00.000Z'],
    ['office', '2026-11-27T16:59:00Z', '2026-11-27T17:00:00.000Z'],
    ['office', '2026-11-28T12:00:00Z', null],
    ['night', '2026-11-25T23:00:00Z', '2026-11-26T06:00:00.000Z'],
    ['night', '2026-11-26T05:59:00Z', '2026-11-26T06:00:00.000Z'],
    ['night', '2026-11-26T23:00:00Z', null],
  ])('%s at %s holds until %s', (name, at, until) => {
    const window = name === 'weekend' ? WEEKEND : name === 'office' ? OFFICE : NIGHT;
    const found = frozen(null, [window], Date.parse(at));
    expect(found === null ? null : new Date(found.until).toISOString()).toBe(until);
  });

  it('overnight on all seven days is one of each night, whatever day it is written from', () => {
    for (const firstDay of [1, 3]) {
      const nightly = { ...NIGHT, firstDay, lastDay: (firstDay + 6) % 7 };
      expect(frozen(null, [nightly], Date.parse('2026-11-24T12:00:00Z'))).toBeNull();
      const found = frozen(null, [nightly], Date.parse('2026-11-24T23:00:00Z'));
      expect(found?.until).toBe(Date.parse('2026-11-25T06:00:00Z'));
      expect(frozen(null, [nightly], Date.parse('2026-11-25T05:59:00Z'))?.until).toBe(found?.until);
    }
  });

  it('gives way to what a person said, which gives its reason', () => {
    const now = Date.parse('2026-11-28T00:00:00Z');
    const said = { until: now + 1000, reason: 'conference' };
    expect(frozen(said, [WEEKEND], now)?.reason).toBe('conference');
    expect(frozen(said, [], now + 1000)).toBeNull();
  });
});
