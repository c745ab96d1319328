/**
 * What is in force for one rollout: the last good document and weight, and what was wrong with
 * anything newer. What is absent, unreadable or invalid never changes anything.
 */
import { compileDocument, type Rollout } from './compile.ts';
import type { Secrets } from './secrets.ts';
import type { KeyedProblem, Problem } from './problem.ts';
import { NO_CAP, type Cap } from './cap.ts';
import { weightsFor } from './effective.ts';
import { layOut, type Split } from './split.ts';
import { parseWeightText } from './weights.ts';

const MAX_PROBLEMS = 20;

/** One value as a store gave it. A value without a revision was written by hand. */
export interface Stored {
  readonly text: string;
  readonly revision?: number;
  /**
   * Of a weight, by variant: the candidate that it was issued for, see {@link candidateOf}. For any other
   * its share is 0. A variant that isn't named, or a weight without this, takes the candidate that it meets.
   */
  readonly candidates?: Readonly<Record<string, string>>;
}

/** What a store holds for one rollout; null is absent. */
export interface Reading {
  readonly document: Stored | null;
  readonly weight: Stored | null;
  /** Feature flags; they change nothing of the rollout. */
  readonly flags: Stored | null;
}

export interface Active {
  readonly rollout: Rollout;
  readonly split: Split;
  readonly document: Stored;
  /** The last good weight; null as long as there was none (then every candidate has 0). */
  readonly weight: Stored | null;
  /** What the controller allows of it, as far as is known. */
  readonly cap: Cap;
}

export interface Absorbed {
  readonly active: Active | undefined;
  /** What the reading held that is not in force. */
  readonly problems: readonly KeyedProblem[];
}

/** `last good` was valid when it was kept; under a later document, what still applies of it holds. */
export type Source = 'store' | 'last good';

/** A reading that a slower place answered after a newer one was seen is not news. */
function isStale(stored: Stored, current: Stored | null | undefined): boolean {
  return (
    stored.revision !== undefined && current?.revision !== undefined && stored.revision < current.revision
  );
}

/**
 * @param previous what was in force before this reading
 * @param source `last good` for the controller's values
 */
export function absorb(
  name: string,
  previous: Active | undefined,
  reading: Pick<Reading, 'document' | 'weight'>,
  secrets: Secrets,
  source: Source = 'store',
): Absorbed {
  const problems: KeyedProblem[] = [];
  const report = (key: string, found: readonly Problem[]): void => {
    for (const problem of found.slice(0, MAX_PROBLEMS)) problems.push({ key, ...problem });
  };

  let rollout = previous?.rollout;
  let document = previous?.document;
  const news = reading.document;
  if (news !== null && !isStale(news, document)) {
    // The same text isn't compiled again: only its revision may be news.
    if (rollout !== undefined && document?.text === news.text) document = news;
    else {
      const compiled = compileDocument(news.text, name, secrets);
      if (compiled.ok) {
        rollout = compiled.value;
        document = news;
      } else report(`rollout:${name}`, compiled.error);
    }
  }
  if (rollout === undefined || document === undefined) return { active: undefined, problems };

  const candidates = rollout.variants.slice(1).map(variant => variant.name);
  let weight = previous?.weight ?? null;
  if (reading.weight !== null && !isStale(reading.weight, weight)) {
    const parsed = parseWeightText(reading.weight.text, candidates);
    if (parsed.ok || source === 'last good') weight = reading.weight;
    else report(`weight:${name}`, parsed.error);
  }

  if (previous?.rollout === rollout && saysTheSame(previous.weight, weight)) {
    const isSame = previous.document === document && previous.weight === weight;
    return { active: isSame ? previous : { ...previous, document, weight }, problems };
  }
  const cap = previous?.cap ?? NO_CAP;
  const split = layOut(rollout, document.text, weightsFor(rollout, weight), cap);
  return { active: { rollout, split, document, weight, cap }, problems };
}

function saysTheSame(a: Stored | null, b: Stored | null): boolean {
  return a?.text === b?.text && JSON.stringify(a?.candidates) === JSON.stringify(b?.candidates);
}

/** What is in force under another cap; an earlier one than is known changes nothing. */
export function withCap(active: Active, cap: Cap): Active {
  if (cap.sequence <= active.cap.sequence) return active;
  const { rollout, document, weight } = active;
  return { ...active, cap, split: layOut(rollout, document.text, weightsFor(rollout, weight), cap) };
}
