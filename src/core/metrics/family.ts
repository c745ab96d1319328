/** A metric family as data: what every exposition format says of a metric, without its syntax. */
import {
  CLASSIC_BOUNDS,
  countOf,
  countUpTo,
  fromSparse,
  type SparseHistogram,
} from '../analysis/histogram.ts';

export type Labels = readonly (readonly [name: string, value: string])[];

export interface Sample {
  /** `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  /** As Prometheus stores it: a counter's ends in `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The name ends in it. */
  readonly unit?: 'seconds' | 'percent';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A {@link Family} and how to read its samples off one `Subject`. */
export interface FamilyOf<Subject> extends Omit<Family, 'samples'> {
  readonly samples: (subject: Subject) => Sample[];
}

/** One sample for each state, 1 for the current one and 0 for the others; a state beside these is shown while it lasts. */
export function stateSet(
  labels: Labels,
  label: string,
  states: readonly string[],
  current: string | null,
): Sample[] {
  const shown = new Set(current === null ? states : [...states, current]);
  return [...shown].map(state => ({ labels: [...labels, [label, state]], value: state === current ? 1 : 0 }));
}

/** One sample for each value of a label; what is missing in `counts` is 0. */
export function byLabel(
  labels: Labels,
  label: string,
  values: readonly string[],
  counts: readonly number[] = [],
): Sample[] {
  return values.map((value, i) => ({ labels: [...labels, [label, value]], value: counts[i] ?? 0 }));
}

export function histogramSamples(labels: Labels, duration: SparseHistogram): Sample[] {
  const histogram = fromSparse(duration);
  const count = countOf(histogram);
  const bucket = (le: string, value: number): Sample => ({
    suffix: '_bucket',
    labels: [...labels, ['le', le]],
    value,
  });
  return [
    ...CLASSIC_BOUNDS.map(bound => bucket(floatText(bound), countUpTo(histogram, Math.log2(bound)))),
    bucket('+Inf', count),
    { suffix: '_sum', labels, value: histogram.sumMs / 1000 },
    { suffix: '_count', labels, value: count },
  ];
}

/**
 * `1.0`, not `1`: OpenMetrics wants it, and Prometheus 2 keeps the text as it is, so that another
 * spelling in the other format would be another series.
 */
function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
