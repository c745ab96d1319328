/** What the difference of a candidate to stable says, in words. */
import type { Difference } from '../types.ts';
import { moreSeconds, points } from './format.ts';

export type Quantity = 'errors' | 'latency';
export type Leaning = 'more' | 'less' | 'unclear';

/** Whether the whole interval lies on one side of zero. */
function leaning({ low, high }: Difference): Leaning {
  if (low > 0) return 'more';
  return high < 0 ? 'less' : 'unclear';
}

/** The side that is sure enough to be said aloud on a page that looks every two seconds. */
export function clearLeaning(difference: Difference): Leaning {
  return difference.clear ? leaning(difference) : 'unclear';
}

export interface DifferenceWords {
  readonly value: string;
  readonly interval: string;
  readonly verdict: string;
}

const VERDICTS: Readonly<Record<Quantity, Readonly<Record<Leaning, string>>>> = {
  errors: { more: 'fails more', less: 'fails less', unclear: 'no clear difference' },
  latency: { more: 'slower', less: 'faster', unclear: 'no clear difference' },
};
/** Where only the 95 % interval leaves out zero. */
const HINTS: typeof VERDICTS = {
  errors: { ...VERDICTS.errors, more: 'may fail more', less: 'may fail less' },
  latency: { ...VERDICTS.latency, more: 'may be slower', less: 'may be faster' },
};

export function differenceWords(difference: Difference, quantity: Quantity): DifferenceWords {
  const format = quantity === 'errors' ? points : moreSeconds;
  return {
    value: format(difference.value),
    // One unit is enough.
    interval: `${format(difference.low)} to ${format(difference.high)}`.replaceAll(/\u00a0points/g, ''),
    verdict: (difference.clear ? VERDICTS : HINTS)[quantity][leaning(difference)],
  };
}
