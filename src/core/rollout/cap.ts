/**
 * The highest weight that the controller allows right now. It reaches isolates with the hub's replies,
 * about a second after it is set, while KV may take a minute to show a new weight everywhere.
 */
export interface Cap {
  /** Counts up with every cap of a rollout: a late reply never brings back an earlier one. */
  readonly sequence: number;
  /**
   * Of the rollout's run, if one is under way. Each run has generations of its own: whoever failed for
   * the first time in another attempt fails for the first time in this one, too.
   */
  readonly run?: number;
  /** By variant. One that isn't named is not held back. */
  readonly limits: Readonly<Record<string, Limit>>;
}

export interface Limit {
  /** The candidate that it was issued for, see {@link Variant.candidate}; any other one of that name has 0. */
  readonly candidate: string;
  /** Thousandths of a percent. Holds for the split and for rules with weights, unless those are uncapped. */
  readonly share: number;
  /** After a rollback: rules that serve the variant, and uncapped ones, send nobody there either. */
  readonly isBarred: boolean;
}

export const NO_CAP: Cap = { sequence: 0, limits: {} };
