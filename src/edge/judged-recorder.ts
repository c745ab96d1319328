/**
 * What the judge compares, as this isolate sees it: requests that a coin decided, by stratum
 * (judging.md, section 2). Overrides, cached answers, second attempts, copies and whoever must not be
 * drawn are outside.
 */
import type { FirstKind } from '../core/analysis/interval.ts';
import { ERRORS, REQUESTS, STATUS_3XX, STATUS_4XX } from '../core/metrics/judged-cell.ts';
import type { ErrorKind } from '../core/metrics/outcome.ts';
import type { StratumRecord } from '../core/metrics/strata.ts';
import type { Active } from '../core/rollout/active.ts';
import type { Variant } from '../core/rollout/compile.ts';
import type { Decision } from '../core/rollout/decide.ts';
import type { Goal } from '../core/rollout/goals.ts';
import { WHOLE } from '../core/rollout/weights.ts';
import { LiveStratum } from './live-stratum.ts';
import { NamedVisitors } from './named-visitors.ts';
import { OVERDUE_MS } from './open-requests.ts';

/** Coins of one isolate at a time, 12 kB each; requests of more are not compared until the next flush. */
const MAX_LIVE = 32;
/** No redirect: the visitor has the page. */
const NOT_MODIFIED = 304;
/** A document has three. */
const MAX_VARIANTS = 4;

export interface JudgedOutcome {
  readonly decision: Decision;
  readonly status: number;
  readonly error: ErrorKind | undefined;
  /** Time to response headers; undefined if nobody was asked. */
  readonly ms: number | undefined;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly isCached: boolean;
  readonly goals: readonly Goal[];
}

export class JudgedRecorder {
  /** By generation and coin; what is neither touched nor has open requests goes with the next flush. */
  readonly #strata = new Map<string, Map<string, LiveStratum>>();
  #size = 0;
  #last: { readonly generation: string; readonly coins: Map<string, LiveStratum> } | undefined;
  readonly #named = new NamedVisitors();
  /** The one that the named visitors are of: under another coin all are first again. */
  #generation = '';

  started(active: Active, decision: Decision, isDraw: boolean, start: number): void {
    const stratum = this.#stratumOf(active, decision);
    if (stratum === undefined) return;
    const { variant, bucket } = decision;
    const cell = stratum.cellOf(variant, bucket);
    stratum.started(variant, cell, bucket, isDraw);
    stratum.open.begin(cell, start);
  }

  ended(active: Active, outcome: JudgedOutcome): void {
    const { decision, status, error, ms, start } = outcome;
    const stratum = this.#stratumOf(active, decision);
    if (stratum === undefined) return;
    const cell = stratum.cellOf(decision.variant, decision.bucket);
    const wasOpen = stratum.open.end(cell, start);
    // The smaller variant always has the colder cache.
    if (outcome.isCached) return;
    stratum.count(cell, REQUESTS);
    if (error !== undefined) {
      stratum.count(cell, ERRORS);
      // Whom a breaker keeps away has not failed: one opening is one event, however many it meets.
      if (error === 'breaker') this.#first(active, outcome, stratum, 'diverted', 3);
      else this.#first(active, outcome, stratum, 'errors', 0);
    } else if (status >= 400 && status < 500) {
      stratum.count(cell, STATUS_4XX);
      this.#first(active, outcome, stratum, '4xx', 1);
    } else if (status >= 300 && status < 400 && status !== NOT_MODIFIED) {
      stratum.count(cell, STATUS_3XX);
      this.#first(active, outcome, stratum, '3xx', 2);
    }
    for (const goal of outcome.goals)
      this.#first(active, outcome, stratum, `goal:${goal.name}`, 4 + goal.index);
    // Successes and timeouts: a fast failure is no latency.
    if (wasOpen && ms !== undefined && (error === undefined || error === 'timeout')) stratum.took(cell, ms);
  }

  /** Names a visitor once per variant and kind, as far as this isolate remembers. @param code of the kind */
  #first(
    { split }: Active,
    { decision: { variant, bucket }, start }: JudgedOutcome,
    stratum: LiveStratum,
    kind: FirstKind,
    code: number,
  ): void {
    if (this.#generation !== split.generation) {
      this.#generation = split.generation;
      this.#named.clear();
    }
    if (this.#named.take(bucket, code * MAX_VARIANTS + variant.index, start))
      stratum.failed(stratum.cellOf(variant, bucket), [bucket, variant.name, kind]);
  }

  #stratumOf(active: Active, decision: Decision): LiveStratum | undefined {
    const { coin } = decision;
    if (coin === undefined) return undefined;
    const { generation } = active.split;
    let coins = this.#last?.generation === generation ? this.#last.coins : this.#strata.get(generation);
    if (coins === undefined) this.#strata.set(generation, (coins = new Map<string, LiveStratum>()));
    this.#last = { generation, coins };
    let stratum = coins.get(coin);
    if (stratum === undefined && this.#size < MAX_LIVE) {
      const { variants } = active.rollout;
      stratum = new LiveStratum(generation, coin, weightsOf(active, decision), variants);
      coins.set(coin, stratum);
      this.#size++;
    }
    return stratum;
  }

  get isEmpty(): boolean {
    for (const coins of this.#strata.values())
      for (const stratum of coins.values()) if (stratum.isTouched) return false;
    return true;
  }

  /** Enters what has been open for 5 s into the latencies: an origin that hangs answers nothing to count. */
  giveUpOverdue(now: number): void {
    for (const coins of this.#strata.values())
      for (const stratum of coins.values())
        stratum.open.giveUpOverdue(now, (cell, requests) => stratum.took(cell, OVERDUE_MS, requests));
  }

  /** Takes everything out, as plain data. */
  drain(): StratumRecord[] {
    const records: StratumRecord[] = [];
    for (const [generation, coins] of this.#strata) {
      for (const [coin, stratum] of coins) {
        if (stratum.isTouched) records.push(stratum.drain());
        else if (stratum.open.isEmpty) {
          coins.delete(coin);
          this.#size--;
        }
      }
      if (coins.size === 0) this.#strata.delete(generation);
    }
    this.#last = undefined;
    return records;
  }
}

/** Of the coin that decided, by variant, after the cap. */
function weightsOf({ rollout, split }: Active, { rule, variant }: Decision): Record<string, number> {
  const position = rollout.rules.find(({ name }) => name === rule)?.index;
  const outlet = position === undefined ? undefined : split.outlets[position];
  const weightOf = ({ index }: Variant): number => {
    if (outlet?.kind === 'serve') return index === variant.index ? WHOLE : 0;
    return (outlet?.coin ?? split).weights[index] ?? 0;
  };
  return Object.fromEntries(rollout.variants.map(each => [each.name, weightOf(each)]));
}
