/** What a change of weights means, for whoever is about to make it. */
import type { DeliveryStatus } from '../types.ts';
import { isOpen } from './delivery.ts';
import { weight } from './format.ts';

/** Percent by candidate. */
export type Weights = Readonly<Record<string, number>>;

/** The weight as the API takes it: a bare number where there is one candidate, as people write it into KV. */
export function weightBody(weights: Weights): string {
  const shares = Object.values(weights);
  return JSON.stringify(shares.length === 1 ? shares[0] : weights);
}

/** Why these weights can't be set, in words; undefined if they can. */
export function mistakeIn(weights: Weights): string | undefined {
  let total = 0;
  for (const [name, share] of Object.entries(weights)) {
    if (!(share >= 0 && share <= 100)) return `${name}: a weight is a number from 0 to 100.`;
    if (Math.round(share * 1000) / 1000 !== share) return `${name}: a weight has at most three decimals.`;
    total += share;
  }
  return total > 100 ? `Together that is ${weight(total)}: at most 100 % can be given away.` : undefined;
}

/** Whether both name the same candidates with the same weights. */
export function areSame(a: Weights, b: Weights): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name]);
}

/**
 * What a weight by hand does to a rollout that moves itself (judging.md, section 5): a lower one pauses
 * it; a higher one ends it, which takes force and a reason, and so does any after a rollback.
 */
export function effectOnPlan(
  { phase }: DeliveryStatus,
  from: Weights,
  to: Weights,
): 'none' | 'pauses' | 'ends' {
  if (phase === 'idle' || phase === 'adopting') return 'none';
  const isHigher = Object.entries(to).some(
    ([name, share]) => share > (phase === 'rolled-back' ? 0 : (from[name] ?? 0)),
  );
  if (isHigher) return 'ends';
  return isOpen(phase) ? 'pauses' : 'none';
}

/** The address of the weight, below that of the rollout. */
export function weightPath(effect: 'none' | 'pauses' | 'ends', reason: string): string {
  return effect === 'ends' ? `weight?force=1&reason=${encodeURIComponent(reason.trim())}` : 'weight';
}

/** One line a candidate that changes: what its visitors will notice. */
export function meaningOf(from: Weights, to: Weights): string[] {
  return Object.entries(to).flatMap(([name, share]) => {
    const before = from[name] ?? 0;
    if (share === before) return [];
    if (share === 100) return [`Everyone gets ${name}, from their next request on.`];
    if (share === 0)
      return [
        `Visitors on ${name} (${weight(before)}) get stable with their next request. Rules of the document and override links still lead to ${name}.`,
      ];
    const moved = weight(Math.round(Math.abs(share - before) * 1000) / 1000);
    return share > before
      ? [`${moved} of visitors move from stable to ${name} with their next request. Nobody else moves.`]
      : [`${moved} of visitors move from ${name} back to stable with their next request. Nobody else moves.`];
  });
}

/** `10 → canary 10, canary-b 5` from the audit log's `10 → {"canary":10,"canary-b":5}`; `10 → 25` from `canary 10 % → canary 25 %`. */
export function changeWords(detail: string): string {
  const one = /^(\S+) ([\d.]+) % → \1 ([\d.]+) %(?!,)(.*)$/s.exec(detail);
  if (one !== null) return `${one[2]!} → ${one[3]!}${one[4]!}`;
  return detail.replaceAll(/\{[^{}]*\}/g, json =>
    json.slice(1, -1).replaceAll('"', '').replaceAll(':', ' ').replaceAll(',', ', '),
  );
}

export type Progress =
  | { readonly kind: 'in-force' }
  /** The isolates still report another weight. */
  | { readonly kind: 'waiting'; readonly text: string };

/**
 * Whether the weight that is set is the one that visitors get.
 * @param inForce percent as the isolates last reported it; null before the first report
 * @param silentFor milliseconds since the last report; null before the first
 * @param cap percent that the rollout allows just now; null where it holds nothing back
 */
export function progressOf(
  set: number,
  inForce: number | null,
  silentFor: number | null,
  cap: number | null = null,
): Progress {
  if (set === inForce) return { kind: 'in-force' };
  if (cap !== null && cap < set)
    return { kind: 'waiting', text: `${weight(set)} is set; the rollout holds it at ${weight(cap)}.` };
  if (inForce === null || silentFor === null)
    return { kind: 'waiting', text: `${weight(set)} is set; the first request takes it.` };
  // Isolates report with traffic only.
  if (silentFor > 15_000)
    return {
      kind: 'waiting',
      text: `${weight(set)} is set, but no isolate has reported since: the next request takes it.`,
    };
  return {
    kind: 'waiting',
    text: `${weight(set)} is set, waiting until the isolates report it (${weight(inForce)} in force; it takes up to 90 s).`,
  };
}
