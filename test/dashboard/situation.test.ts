import { describe, expect, it } from 'vitest';
import { situation, type Tone } from '../../dashboard/text/situation.ts';
import type { RolloutStatus } from '../../dashboard/types.ts';
import { between, compared, NOW, statusOf } from './status.ts';

const SPLIT = {
  stable: { weight: 90, requests: 1000, errors: 3 },
  canary: { weight: 10, requests: 214, errors: 1 },
};
const UNCLEAR = { canary: compared(between(-0.01, 0.012)) };
const two = {
  stable: { weight: 85, requests: 1000, errors: 3 },
  canary: { weight: 10, requests: 200, errors: 1 },
  'canary-b': { weight: 5, requests: 100, errors: 9 },
};

type Case = [what: string, status: RolloutStatus, tone: Tone, text: string, short?: string];

describe('one sentence says what is happening', () => {
  it.each<Case>([
    [
      'a canary that does as stable does',
      statusOf(SPLIT, { comparisons: UNCLEAR }),
      'good',
      '10 % of visitors get canary; canary fails 0.47 % of requests, stable 0.30 %: no clear difference in 1,214 requests.',
    ],
    [
      'a canary that surely fails more',
      statusOf(
        { ...SPLIT, canary: { weight: 10, requests: 214, errors: 20 } },
        { comparisons: { canary: compared(between(0.05, 0.13)) } },
      ),
      'bad',
      '10 % of visitors get canary; canary fails 9.3 % of requests, stable 0.30 %: clearly more in 1,214 requests.',
      'canary fails more',
    ],
    [
      'a canary that fails more as far as the 95 % interval knows',
      statusOf(
        { ...SPLIT, canary: { weight: 10, requests: 214, errors: 4 } },
        { comparisons: { canary: compared(between(0.001, 0.03, false)) } },
      ),
      'good',
      '10 % of visitors get canary; canary fails 1.9 % of requests, stable 0.30 %: no clear difference in 1,214 requests.',
    ],
    [
      'a canary that surely fails less',
      statusOf(
        {
          stable: { weight: 90, requests: 1000, errors: 100 },
          canary: { weight: 10, requests: 200, errors: 0 },
        },
        { comparisons: { canary: compared(between(-0.12, -0.08)) } },
      ),
      'good',
      '10 % of visitors get canary; canary fails 0 % of requests, stable 10 %: clearly less in 1,200 requests.',
    ],
    [
      'a canary that is surely slower by more than a tenth',
      statusOf(
        { ...SPLIT, canary: { weight: 10, requests: 214, errors: 1, p95: 0.4 } },
        { comparisons: { canary: compared(between(-0.01, 0.012), between(0.25, 0.35)) } },
      ),
      'attention',
      '10 % of visitors get canary; canary fails 0.47 % of requests, stable 0.30 %: no clear difference in 1,214 requests. It is slower: p95 400 ms against 100 ms.',
      'canary is slower',
    ],
    [
      'a canary that is slower as far as the 95 % interval knows',
      statusOf(
        { ...SPLIT, canary: { weight: 10, requests: 214, errors: 1, p95: 0.4 } },
        { comparisons: { canary: compared(between(-0.01, 0.012), between(0.25, 0.35, false)) } },
      ),
      'good',
      '10 % of visitors get canary; canary fails 0.47 % of requests, stable 0.30 %: no clear difference in 1,214 requests.',
    ],
    [
      'a canary that is slower by next to nothing',
      statusOf(SPLIT, { comparisons: { canary: compared(between(-0.01, 0.012), between(0.001, 0.002)) } }),
      'good',
      '10 % of visitors get canary; canary fails 0.47 % of requests, stable 0.30 %: no clear difference in 1,214 requests.',
    ],
    [
      'a canary that fails most of very few requests',
      statusOf(
        { stable: { weight: 60, requests: 16 }, canary: { weight: 40, requests: 10, errors: 4 } },
        { comparisons: { canary: compared(between(0.1, 0.69, false)) } },
      ),
      'attention',
      '40 % of visitors get canary; canary fails 40 % of requests, stable 0 %: perhaps more, in 26 requests.',
      'canary may fail more',
    ],
    [
      'too few requests for an interval',
      statusOf({ stable: { weight: 90, requests: 9 }, canary: { weight: 10, requests: 1 } }),
      'quiet',
      '10 % of visitors get canary; canary fails 0 % of requests, stable 0 %: 10 requests are too few to compare.',
    ],
    [
      'a canary that nobody has drawn yet',
      statusOf({ stable: { weight: 99, requests: 9 }, canary: { weight: 1 } }),
      'quiet',
      '1 % of visitors get canary; canary got no request in the last minute.',
    ],
    [
      'everyone on stable',
      statusOf({ stable: { weight: 100, requests: 1000, errors: 3 }, canary: {} }),
      'good',
      'Everyone is on stable: it fails 0.30 % of 1,000 requests in the last minute.',
    ],
    [
      'everyone on stable but for a rule',
      statusOf({ stable: { weight: 100, requests: 1000, errors: 3 }, canary: { requests: 12 } }),
      'good',
      'Everyone is on stable: it fails 0.30 % of 1,000 requests in the last minute. 12 more went to other variants.',
    ],
    [
      'everyone on canary',
      statusOf(
        { stable: { weight: 0, requests: 3 }, canary: { weight: 100, requests: 997 } },
        { comparisons: { canary: compared(null) } },
      ),
      'quiet',
      'Everyone gets canary; canary fails 0 % of requests, stable 0 %: 1,000 requests are too few to compare.',
    ],
    [
      'two candidates, one of them bad',
      statusOf(two, { comparisons: { ...UNCLEAR, 'canary-b': compared(between(0.03, 0.15)) } }),
      'bad',
      '10 % of visitors get canary, 5 % get canary-b; canary fails 0.50 % of requests, stable 0.30 %: no clear difference in 1,200 requests. Canary-b fails 9.0 % of requests, stable 0.30 %: clearly more in 1,100 requests.',
      'canary-b fails more',
    ],
    [
      'the weight that visitors get while another is on its way',
      statusOf(
        { ...SPLIT, canary: { weight: 25, inForce: 10, requests: 214, errors: 1 } },
        { comparisons: UNCLEAR },
      ),
      'good',
      '10 % of visitors get canary; canary fails 0.47 % of requests, stable 0.30 %: no clear difference in 1,214 requests.',
    ],
    [
      'a longer window',
      statusOf({ stable: { weight: 100, requests: 1000, errors: 3 } }, { window: { seconds: 905 } }),
      'good',
      'Everyone is on stable: it fails 0.30 % of 1,000 requests in the last 15 min.',
    ],
    [
      'a minute without visitors',
      statusOf(
        { stable: { weight: 90 }, canary: { weight: 10 } },
        { lastCounts: new Date(NOW - 100_000).toISOString() },
      ),
      'quiet',
      'No traffic in the last minute. 10 % of visitors get canary.',
      'no traffic',
    ],
    [
      'counts that stopped coming',
      statusOf(SPLIT, { lastCounts: new Date(NOW - 240_000).toISOString() }),
      'attention',
      'Figures are stale: the last counts came 4 min ago. Either nobody visits, or counts do not reach the hub.',
      'stale',
    ],
    [
      'no request ever',
      statusOf(
        { stable: { weight: 90, inForce: null }, canary: { weight: 10, inForce: null } },
        { lastCounts: null },
      ),
      'quiet',
      '10 % of visitors get canary, but no request has come yet.',
      'no traffic yet',
    ],
    [
      'a hub that does not answer',
      statusOf(SPLIT, { hub: 'unreachable', lastCounts: null }),
      'attention',
      '10 % of visitors get canary. No figures: the hub does not answer.',
      'no figures',
    ],
    [
      'a disabled document',
      statusOf(SPLIT, { enabled: false }),
      'quiet',
      'Everyone is on stable: the document is disabled.',
      'disabled',
    ],
    [
      'no document that can be used',
      statusOf({}, { document: { source: 'none' } }),
      'bad',
      'There is no document that can be used.',
      'no document',
    ],
  ])('%s', (_, status, tone, text, short = '') => {
    const said = situation(status, NOW);
    expect({ ...said, key: '', text: said.text.replaceAll('\u00a0', ' ') }).toEqual({
      key: '',
      tone,
      text,
      short,
    });
  });

  it('is read aloud again for a new weight or a new finding, not for new figures', () => {
    const key = (status: RolloutStatus): string => situation(status, NOW).key;
    const before = key(statusOf(SPLIT, { comparisons: UNCLEAR }));
    const busier = { ...SPLIT, stable: { weight: 90, requests: 5000, errors: 9 } };
    expect(key(statusOf(busier, { comparisons: UNCLEAR }))).toBe(before);
    expect(key(statusOf(SPLIT, { comparisons: { canary: compared(between(0.05, 0.13)) } }))).not.toBe(before);
    const higher = { ...SPLIT, canary: { weight: 25, requests: 214, errors: 1 } };
    expect(key(statusOf(higher, { comparisons: UNCLEAR }))).not.toBe(before);
  });
});
