/** What the judge says, in the same words everywhere: audit log, status, dashboard and notification. */

export const VERDICTS = ['pass', 'fail', 'inconclusive', 'blind', 'mismatch'] as const;
export type VerdictKind = (typeof VERDICTS)[number];

export interface Verdict {
  readonly kind: VerdictKind;
  /** The criterion that decided: of a fail, or what an `inconclusive` still lacks evidence of. */
  readonly criterion?: string;
  /** One sentence with metric, both variants' figures, margin, sample sizes, e-value and window. */
  readonly text: string;
}

export const DIRECTIONS = ['rollback', 'advance'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** How far one criterion is between "roll back" and "advance". */
export interface Evidence {
  /** `errors`, `latency`, `4xx`, `3xx`, `goal:<name>`, `<metric>-limit`, `absence`, `mismatch`; `all` has the line at 1/α. */
  readonly criterion: string;
  readonly direction: Direction;
  /** Natural logarithm of the e-value. */
  readonly logE: number;
  /** Natural logarithm of the e-value at which it decides; null where it decides only as a part of `all`. */
  readonly threshold: number | null;
  /** Whether it has decided: a roll-back is latched, an advance is evidenced. */
  readonly isDecided: boolean;
  /** What was counted in the same intervals; null for `all`. */
  readonly observed: {
    readonly canary: { readonly count: number; readonly requests: number };
    readonly stable: { readonly count: number; readonly requests: number };
    /** The canary's count had it behaved as stable in the same intervals and strata. */
    readonly expected: number;
  } | null;
  /** For people, e.g. "1.1 × stable + 0.01 %". */
  readonly margin: string;
  /** One sentence, see judging.md, section 3. */
  readonly text: string;
}
