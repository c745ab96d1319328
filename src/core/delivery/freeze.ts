/** Times at which no rollout advances. A freeze never holds a rollback. */

/**
 * One line of the plan's `freeze`. Minutes are of the local day, 0 to 1440; days count from Sunday, 0.
 */
export interface FreezeWindow {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly from: number;
  readonly to: number;
  /** IANA name, e.g. `Pacific/Auckland`. */
  readonly timezone: string;
}
