/**
 * How badly an origin behaves: the share of requests it fails and the delay before it answers.
 * Pure: one check for every way in (the function call, the control endpoint, the command line).
 */
export interface Behaviour {
  /** Share of requests answered with an injected 500, from 0 to 1. */
  readonly errorRate: number;
  readonly delayMs: number;
}

/** What to change; what is absent stays as it is. */
export interface BehaviourChange {
  readonly errorRate?: number;
  readonly delayMs?: number;
}

/** Longer than any sensible proxy timeout, short enough that nobody forgets a hanging origin. */
export const MAX_DELAY_MS = 60_000;

export type ChangeResult =
  { readonly ok: true; readonly behaviour: Behaviour } | { readonly ok: false; readonly expected: string };

const LIMITS = { errorRate: 1, delayMs: MAX_DELAY_MS } as const;

/** `change` is unknown data: it may come straight from a request's body. */
export function applyChange(current: Behaviour, change: unknown): ChangeResult {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return { ok: false, expected: 'a JSON object such as {"errorRate": 0.5, "delayMs": 300}' };
  }
  const changed = { ...current };
  for (const [name, value] of Object.entries(change)) {
    // An unknown name is most likely a misspelt one, so it must not pass for a change.
    if (name !== 'errorRate' && name !== 'delayMs') {
      return { ok: false, expected: `only errorRate and delayMs, not ${JSON.stringify(name.slice(0, 40))}` };
    }
    if (typeof value !== 'number' || !(value >= 0 && value <= LIMITS[name])) {
      return { ok: false, expected: `${name} as a number from 0 to ${LIMITS[name]}` };
    }
    changed[name] = value;
  }
  return { ok: true, behaviour: changed };
}

/** For a person: "answers at once, no injected errors". */
export function describeBehaviour({ errorRate, delayMs }: Behaviour): string {
  const delay = delayMs === 0 ? 'answers at once' : `answers after ${delayMs} ms`;
  const errors =
    errorRate === 0 ? 'no injected errors' : `${Number((errorRate * 100).toFixed(2))}% injected errors`;
  return `${delay}, ${errors}`;
}
