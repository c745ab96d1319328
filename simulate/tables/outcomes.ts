/** The outcomes of many runs, by who looked, and the figures they are told in. */
import { limits, medianAndP90, number, percent } from '../estimate.ts';
import type { Outcome } from '../trial.ts';

export class Outcomes {
  readonly #byWatcher = new Map<string, Outcome[]>();

  /** @param names as long as the outcomes */
  add(names: readonly string[], outcomes: readonly Outcome[]): void {
    names.forEach((name, i) => {
      const known = this.#byWatcher.get(name) ?? [];
      known.push(outcomes[i]!);
      this.#byWatcher.set(name, known);
    });
  }

  of(name: string): readonly Outcome[] {
    return this.#byWatcher.get(name) ?? [];
  }
}

/** Seconds until rollback by who looked; null: never. */
export function timesOf(
  names: readonly string[],
  outcomes: readonly Outcome[],
): Record<string, number | null> {
  const seconds = (at: number): number | null => (Number.isFinite(at) ? at : null);
  return Object.fromEntries(outcomes.map(({ at }, i) => [names[i]!, seconds(at)]));
}

const SPANS = [600, 3_600, 86_400];

/** "0.1/0.3/0.6 [0.3–1.1], n=2000": percent rolled back within 10 min, 1 h and 24 h; the limits are of the last. */
export function rolledBack(outcomes: readonly Outcome[]): string {
  const runs = outcomes.length;
  if (runs === 0) return '';
  const counts = SPANS.map(span => outcomes.filter(({ at }) => at <= span).length);
  const { low, high } = limits({ count: counts.at(-1)!, runs });
  const shares = counts.map(count => number((100 * count) / runs)).join('/');
  return `${shares} [${number(100 * low)}–${number(100 * high)}], n=${runs}`;
}

/** "110/235 (6/9)": seconds until rollback and what was harmed by then, median and 90th percentile. */
export function detected(outcomes: readonly Outcome[], harmed: (outcome: Outcome) => number): string {
  if (outcomes.length === 0) return '';
  const found = outcomes.filter(({ at }) => Number.isFinite(at));
  const times = medianAndP90(outcomes.map(({ at }) => at));
  if (found.length < outcomes.length / 2) {
    return `never (${number((100 * found.length) / outcomes.length)} %)`;
  }
  const harm = medianAndP90(
    outcomes.map(outcome => (Number.isFinite(outcome.at) ? harmed(outcome) : Infinity)),
  );
  return `${times} (${harm})`;
}

/** "98 [97–99]": percent of runs that rolled back within so many seconds. */
export function within(outcomes: readonly Outcome[], seconds: number): string {
  if (outcomes.length === 0) return '';
  return percent({ count: outcomes.filter(({ at }) => at <= seconds).length, runs: outcomes.length });
}
