/** What both arms go through alike: the time of day, and incidents that they share. */
import type { Random } from './random.ts';

const DAY = 86_400;

export interface Circumstances {
  /** Factor of the mean request rate. */
  readonly traffic: number;
  /** Factor of the error rate. */
  readonly errors: number;
  /** Octaves (log2) of the latencies. */
  readonly drift: number;
}

/** @param seconds since the start */
export type Course = (seconds: number) => Circumstances;

const STEADY: Circumstances = { traffic: 1, errors: 1, drift: 0 };

export const steady: Course = () => STEADY;

const INCIDENTS_A_DAY = 3;
const INCIDENT_SECONDS = 120;
const INCIDENT_ERRORS = 20;

/**
 * Traffic ±60 %, error rate ±50 % and latency ±15 % with the time of day, each with its own peak, the
 * start at any hour; three incidents a day of two minutes with twenty times the errors.
 */
export function roughDay(random: Random): Course {
  const wave = (height: number): ((seconds: number) => number) => {
    const phase = random.uniform() * 2 * Math.PI;
    return seconds => height * Math.sin((2 * Math.PI * seconds) / DAY + phase);
  };
  const [traffic, errors, latency] = [wave(0.6), wave(0.5), wave(0.15)];
  const incidents = Array.from({ length: INCIDENTS_A_DAY }, () => random.uniform() * DAY);
  return seconds => {
    const isIncident = incidents.some(start => {
      const since = (((seconds - start) % DAY) + DAY) % DAY;
      return since < INCIDENT_SECONDS;
    });
    return {
      traffic: 1 + traffic(seconds),
      errors: (1 + errors(seconds)) * (isIncident ? INCIDENT_ERRORS : 1),
      drift: Math.log2(1 + latency(seconds)),
    };
  };
}

export interface Stage {
  /** Percent. */
  readonly weight: number;
  /** Seconds since the start from which on it holds. */
  readonly from: number;
}

/** 1 % for an hour, 5 % for two, 25 % for four, then 50 %. */
export const RAMP: readonly Stage[] = [
  { weight: 1, from: 0 },
  { weight: 5, from: 3_600 },
  { weight: 25, from: 10_800 },
  { weight: 50, from: 25_200 },
];

export function stageAt(stages: readonly Stage[], seconds: number): Stage {
  return stages.findLast(({ from }) => from <= seconds) ?? stages[0]!;
}
