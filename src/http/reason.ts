/** `x-weir-reason`: why a visitor got their variant, for whoever is looking into it. */
import type { Decision } from '../core/rollout/decide.ts';

/**
 * An RFC 9651 item with parameters: `rule;rule="staff first";variant=canary`. All of it is the
 * document's own, from names that the document's schema keeps to safe characters.
 * @param ignored why an override was not followed
 */
export function reasonOf({ reason, rule, variant }: Decision, ignored?: string): string {
  return [
    reason,
    ...(rule === undefined ? [] : [`rule="${rule}"`]),
    `variant=${variant.name}`,
    ...(ignored === undefined ? [] : [`ignored-override="${ignored}"`]),
  ].join(';');
}
