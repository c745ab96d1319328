/**
 * What is in force for one rollout: the last good document and weight, and what was wrong with
 * anything newer. What is absent, unreadable or invalid never changes anything.
 */
import { compileDocument, type Rollout, type Secrets } from './compile.ts';
import type { KeyedProblem, Problem } from './problem.ts';
import { layOut, type Split } from './split.ts';
import { NO_WEIGHTS, parseWeightText, type Weights } from './weights.ts';

/** One value as a store gave it. A value without a revision was written by hand. */
export interface Stored {
  readonly text: string;
  readonly revision?: number;
}

/** What a store holds for one rollout; null is absent. */
export interface Reading {
  readonly document: Stored | null;
  readonly weight: Stored | null;
}

export interface Active {
  readonly rollout: Rollout;
  readonly split: Split;
  readonly document: Stored;
  /** The last good weight; null as long as there was none (then every candidate has 0). */
  readonly weight: Stored | null;
  /** What the last reading held that is not in force. */
  readonly problems: readonly KeyedProblem[];
}

export type Absorbed =
  { readonly active: Active } | { readonly active: undefined; readonly problems: readonly KeyedProblem[] };

/** A reading that a slower place answered after a newer one was seen is not news. */
function isStale(stored: Stored, current: Stored | null | undefined): boolean {
  return (
    stored.revision !== undefined && current?.revision !== undefined && stored.revision < current.revision
  );
}

/** @param previous what was in force before this reading */
export function absorb(
  name: string,
  previous: Active | undefined,
  reading: Reading,
  secrets: Secrets,
): Absorbed {
  const problems: KeyedProblem[] = [];
  const report = (key: string, found: readonly Problem[]) => {
    for (const problem of found.slice(0, 20)) problems.push({ key, ...problem });
  };

  let rollout = previous?.rollout;
  let document = previous?.document;
  const news = reading.document;
  if (news !== null && !isStale(news, document)) {
    // The same text can be good or bad in turn as secrets change; otherwise it isn't compiled again.
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
  let weights = weight === null ? NO_WEIGHTS : keepKnown(weight.text, candidates, previous);
  if (reading.weight !== null && !isStale(reading.weight, weight)) {
    const parsed = parseWeightText(reading.weight.text, candidates);
    if (parsed.ok) {
      weight = reading.weight;
      weights = parsed.value;
    } else report(`weight:${name}`, parsed.error);
  }

  if (
    previous !== undefined &&
    previous.rollout === rollout &&
    previous.weight?.text === weight?.text &&
    problems.length === 0 &&
    previous.problems.length === 0
  ) {
    return {
      active:
        previous.document === document && previous.weight === weight
          ? previous
          : { ...previous, document, weight },
    };
  }
  return { active: { rollout, split: layOut(rollout, document.text, weights), document, weight, problems } };
}

/** The last good weights under a changed document: a candidate that is gone takes none with it. */
function keepKnown(text: string, candidates: readonly string[], previous: Active | undefined): Weights {
  const parsed = parseWeightText(text, candidates);
  if (parsed.ok) return parsed.value;
  const shares = previous?.split.weights ?? [];
  const names = previous?.rollout.variants.map(variant => variant.name) ?? [];
  return new Map(
    names.flatMap((name, index) => (candidates.includes(name) ? [[name, shares[index] ?? 0] as const] : [])),
  );
}
