/** What the samples say: absolute figures, and each one held against the bare pass-through of its round. */
import { CONTESTANTS, type ContestantId } from './contestants.ts';
import { atLeast, atMost, median, type Figure, type Section, type Target } from './figures.ts';
import type { Sample } from './throughput.ts';

const RATIO: Partial<Record<ContestantId, Target>> = {
  'weir-returning': atLeast(0.72, 0.8),
  'weir-new': atLeast(0.64, 0.72),
};
/** What flags may cost. */
const WITH_FLAGS = atLeast(0.97);
const ADDED_MICROSECONDS: Partial<Record<ContestantId, Target>> = {
  'weir-returning': atMost(30, 20),
  'weir-new': atMost(45, 32),
};

export function throughputSections(samples: readonly Sample[]): Section[] {
  const perSecond = (sample: Sample): number => sample.requestsPerSecond;
  const sections: Section[] = [
    {
      title: 'Throughput',
      note: 'Answered requests, one wrk thread, keep-alive connections, the same 512-byte page.',
      figures: absolute(samples, 'requests/s', perSecond),
    },
    {
      title: 'Throughput ÷ bare pass-through',
      note:
        'Of the same round. Weir with its whole Contract on: headers, timeout, sticky cookie, metrics, and 3 rules that ' +
        'hold for nobody here. The last row is the noise: it would be 1.00 on a quiet machine.',
      figures: relative(samples, 'ratio', RATIO, perSecond, (value, bare) => value / bare),
    },
    {
      title: 'Throughput with 20 flags for the origin ÷ without',
      note:
        'Of the same round, returning visitor: 20 flags of two rules and a draw, evaluated, counted and told in x-weir-flags ' +
        'with every request.',
      figures: [
        {
          name: 'Weir with flags ÷ Weir',
          unit: 'ratio',
          values: ratioOf(samples, 'weir-flags', 'weir-returning', perSecond),
          target: WITH_FLAGS,
        },
      ],
    },
  ];
  if (samples.some(sample => sample.cpuSeconds === null)) return sections;

  const cpu = (sample: Sample): number => ((sample.cpuSeconds ?? 0) / sample.requests) * 1e6;
  const busy = median(samples.map(sample => (sample.cpuSeconds ?? 0) / sample.seconds));
  return [
    ...sections,
    {
      title: 'CPU time per request',
      note: `User and system time of the whole runtime process, which was busy ${Math.round(busy * 100)} % of one core.`,
      figures: absolute(samples, 'µs', cpu),
    },
    {
      title: 'CPU time per request − bare pass-through',
      note: 'Of the same round: what the Worker adds. The last row is the noise: it would be 0.',
      figures: relative(samples, 'µs', ADDED_MICROSECONDS, cpu, (value, bare) => value - bare),
    },
  ];
}

function ratioOf(samples: readonly Sample[], id: ContestantId, to: ContestantId, measure: Measure): number[] {
  const base = valuesOf(samples, to, measure);
  return valuesOf(samples, id, measure).map((value, round) => value / base[round]!);
}

/** How far the two runs of the same Worker were apart, as a share, in the median round. */
export function noiseOf(samples: readonly Sample[]): number {
  const perSecond: Measure = sample => sample.requestsPerSecond;
  const again = valuesOf(samples, 'bare-again', perSecond);
  return median(
    valuesOf(samples, 'bare', perSecond).map((value, round) => Math.abs(again[round]! / value - 1)),
  );
}

type Measure = (sample: Sample) => number;

function absolute(samples: readonly Sample[], unit: Figure['unit'], measure: Measure): Figure[] {
  return CONTESTANTS.map(({ id, title }) => ({ name: title, unit, values: valuesOf(samples, id, measure) }));
}

function relative(
  samples: readonly Sample[],
  unit: Figure['unit'],
  targets: Partial<Record<ContestantId, Target>>,
  measure: Measure,
  compare: (value: number, bare: number) => number,
): Figure[] {
  const first = valuesOf(samples, 'bare', measure);
  const again = valuesOf(samples, 'bare-again', measure);
  const both = first.map((value, round) => (value + again[round]!) / 2);
  return CONTESTANTS.filter(({ id }) => id !== 'bare').map(({ id, title }): Figure => {
    const baseline = id === 'bare-again' ? first : both;
    const target = targets[id];
    return {
      name: title,
      unit,
      values: valuesOf(samples, id, measure).map((value, round) => compare(value, baseline[round]!)),
      ...(target === undefined ? {} : { target }),
    };
  });
}

/** By round. */
function valuesOf(samples: readonly Sample[], id: ContestantId, measure: Measure): number[] {
  return samples
    .filter(sample => sample.contestant === id)
    .toSorted((a, b) => a.round - b.round)
    .map(measure);
}
