/**
 * The compilation of one document's conditions: its problems, and what bounds it. A document can be
 * small and yet ask for more than an isolate has.
 */
import type { Problem } from '../problem.ts';
import type { Scope } from './attributes.ts';
import type { Test } from './matchers.ts';

/** Nobody reads more; the rest isn't even looked at. */
const MAX_PROBLEMS = 20;
export const MAX_PATTERNS = 100;

/** Finds a segment's test by name; reports where it can't. @param depth of the condition that asks */
export type FindSegment = (name: unknown, path: readonly PropertyKey[], depth: number) => Test;

export class Compilation {
  readonly problems: Problem[];
  /** Set before the first condition is compiled. */
  segment: FindSegment = () => () => false;
  /** What the condition being compiled is about: only a goal's has an answer to ask of. */
  scope: Scope = 'request';
  /** The longest that all evaluated so far may take, in nanoseconds; segments as often as they are referred to. */
  worstNs = 0;
  /** Depth of the deepest condition so far. */
  deepest = 0;
  /** Flags that conditions ask for. */
  readonly flags = new Set<string>();
  #patterns = 0;

  constructor(problems: Problem[]) {
    this.problems = problems;
  }

  get isGivenUp(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  spend(ns: number): void {
    this.worstNs += ns;
  }

  takePattern(): boolean {
    return ++this.#patterns <= MAX_PATTERNS;
  }

  reached(depth: number): void {
    this.deepest = Math.max(this.deepest, depth);
  }
}
