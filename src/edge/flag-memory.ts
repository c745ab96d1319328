/**
 * What an isolate remembers of one `flags:<name>`: compiled once per text, and the last good set stays
 * whatever KV does. What was switched off meanwhile is heard from the hub and holds at once.
 */
import { compileFlags, NO_FLAG_SET } from '../core/flags/compile.ts';
import { NO_FLAGS } from '../core/flags/evaluation.ts';
import type { Flag, FlagSet } from '../core/flags/flag.ts';
import { stillOff, type FlagsOff } from '../core/flags/off-list.ts';
import type { Stored } from '../core/rollout/active.ts';
import type { KeyedProblem, Problem } from '../core/rollout/problem.ts';

const MAX_PROBLEMS = 20;

export class FlagMemory {
  readonly name: string;
  #set: FlagSet = NO_FLAG_SET;
  #experiments: readonly Flag[] = [];
  #stored: Stored | undefined;
  /** The text in force, if there is something to report of it all the same. */
  #flaws: readonly KeyedProblem[] = [];
  /** The last text that nothing of was usable, and why. */
  #refused: { readonly text: string; readonly problems: readonly KeyedProblem[] } | undefined;
  #isAbsent = false;
  #list: FlagsOff | undefined;
  #off: ReadonlySet<string> = NO_FLAGS;

  constructor(name: string) {
    this.name = name;
  }

  get set(): FlagSet {
    return this.#set;
  }

  /** Flags whose goals are counted, at most 8. */
  get experiments(): readonly Flag[] {
    return this.#experiments;
  }

  /** What is in force; undefined as long as there was none. */
  get stored(): Stored | undefined {
    return this.#stored;
  }

  /** Flags that were switched off and that the document in force doesn't know of yet. */
  get off(): ReadonlySet<string> {
    return this.#off;
  }

  /** Whether a document is in force: then the host has flags of its own. One that was refused changes nothing. */
  get isPresent(): boolean {
    return this.#stored !== undefined;
  }

  /** Whether a store has said that there is none. */
  get isAbsent(): boolean {
    return this.#isAbsent && !this.isPresent;
  }

  /** Whether there are flags, or a store has said that there are none: an isolate that could ask nobody knows neither. */
  get isKnown(): boolean {
    return this.isPresent || this.#isAbsent;
  }

  /** Whether the last reading could not be used at all. */
  get isBad(): boolean {
    return this.#refused !== undefined;
  }

  get problems(): readonly KeyedProblem[] {
    return this.#refused?.problems ?? this.#flaws;
  }

  /** Takes what KV held. What is absent or bad changes nothing; nor does an earlier revision. */
  take(news: Stored | null): void {
    const isRefused = news !== null && news.text === this.#refused?.text;
    if (isRefused || (news !== null && isStale(news, this.#stored))) return;
    this.#refused = undefined;
    if (news === null) this.#isAbsent = true;
    else this.#putInForce(news, problems => (this.#refused = { text: news.text, problems }));
  }

  /** Takes the controller's last good flags, where there are none here, or KV holds a bad one instead of a later one. */
  fill(kept: Stored | null): void {
    if (kept === null) this.#isAbsent = true;
    else if (this.#stored === undefined || (this.isBad && isStale(this.#stored, kept)))
      // Valid when it was kept; under another version of Weir it may not be.
      this.#putInForce(kept, () => undefined);
  }

  #putInForce(news: Stored, refuse: (problems: readonly KeyedProblem[]) => void): void {
    if (news.text !== this.#stored?.text) {
      const compiled = compileFlags(news.text);
      if (!compiled.ok) {
        refuse(this.#keyed(compiled.error));
        return;
      }
      const { set } = compiled.value;
      this.#set = set;
      this.#experiments = set.flags.filter(flag => flag.kind === 'flag').filter(flag => flag.experiment);
      this.#flaws = this.#keyed(compiled.value.problems);
    }
    this.#stored = news;
    this.#settleOff();
  }

  /** Holds for the next request. One that arrives late never brings an earlier list back. */
  takeOff(list: FlagsOff): void {
    if (this.#list !== undefined && list.sequence <= this.#list.sequence) return;
    this.#list = list;
    this.#settleOff();
  }

  #settleOff(): void {
    if (this.#list !== undefined) this.#off = stillOff(this.#list, this.#stored?.revision);
  }

  #keyed(problems: readonly Problem[]): KeyedProblem[] {
    return problems.slice(0, MAX_PROBLEMS).map(problem => ({ key: `flags:${this.name}`, ...problem }));
  }
}

function isStale(news: Stored, current: Stored | undefined): boolean {
  return news.revision !== undefined && current?.revision !== undefined && news.revision < current.revision;
}
