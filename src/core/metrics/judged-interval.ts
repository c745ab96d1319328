/** From what a hub wrote down once a second to what the judge reads. */
import type { Interval } from '../analysis/interval.ts';
import { addStratum, keyOf, MAX_STRATA, toStratum, type Strata, type StratumRecord } from './strata.ts';

/** One second of a hub, as it is stored. Times are milliseconds since 1970. */
export interface JudgedRecord {
  /** When the first of it came. */
  readonly since: number;
  /** When it was committed. */
  readonly at: number;
  readonly strata: readonly StratumRecord[];
  readonly lost: number;
}

/** Several records in one; addition, so any grouping gives the same. */
export class IntervalSum {
  readonly #strata: Strata = new Map();
  #times: { from: number; to: number } | undefined;
  #lost = 0;

  /** @returns false, with nothing added, if there are more strata than one interval tells apart */
  add({ since, at, strata, lost }: JudgedRecord): boolean {
    if (this.#times !== undefined && !hasRoom(this.#strata, strata)) return false;
    for (const record of strata) addStratum(this.#strata, record);
    const { from, to } = this.#times ?? { from: since, to: at };
    this.#times = { from: Math.min(from, since), to: Math.max(to, at) };
    this.#lost += lost;
    return true;
  }

  /** null if nothing was added. */
  get interval(): Interval | null {
    if (this.#times === undefined) return null;
    return { ...this.#times, strata: [...this.#strata.values()].map(toStratum), lost: this.#lost };
  }
}

function hasRoom(strata: Strata, records: readonly StratumRecord[]): boolean {
  return strata.size + records.filter(record => !strata.has(keyOf(record))).length <= MAX_STRATA;
}
