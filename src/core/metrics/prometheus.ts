/** Prometheus text exposition format 0.0.4: one family of samples as text. */
import {
  CLASSIC_BOUNDS,
  countOf,
  countUpTo,
  fromSparse,
  type SparseHistogram,
} from '../analysis/histogram.ts';

export type Labels = readonly (readonly [name: string, value: string])[];
export type Sample = { readonly suffix?: string; readonly labels: Labels; readonly value: number };

export function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples.map(sample => {
    const labels = sample.labels.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',');
    return `${name}${sample.suffix ?? ''}{${labels}} ${sample.value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
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
  return [
    ...CLASSIC_BOUNDS.map(bound => ({
      suffix: '_bucket',
      labels: [...labels, ['le', String(bound)] as const],
      value: countUpTo(histogram, Math.log2(bound)),
    })),
    { suffix: '_bucket', labels: [...labels, ['le', '+Inf']], value: count },
    { suffix: '_sum', labels, value: histogram.sumMs / 1000 },
    { suffix: '_count', labels, value: count },
  ];
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
