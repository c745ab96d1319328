/** `x-weir-reason`: why a visitor got their variant, for whoever is looking into it. */
import type { Decision } from '../core/rollout/decide.ts';
import type { WhyIgnored } from '../edge/override.ts';

/**
 * An RFC 9651 item with parameters: `rule;rule="staff first";variant=canary`. All of it is the
 * document's own, from names that the document's schema keeps to safe characters.
 * @param ignored why an override was not followed
 */
export function reasonOf({ reason, rule, variant }: Decision, ignored?: WhyIgnored): string {
  return [
    reason,
    ...(rule === undefined ? [] : [`rule="${rule}"`]),
    `variant=${variant.name}`,
    ...(ignored === undefined ? [] : [`ignored-override="${ignored}"`]),
  ].join(';');
}

/** What a visitor is told: why their override was not followed, and nothing of rules and variants. */
export function reasonIgnored(ignored: WhyIgnored): string {
  return `ignored-override;why="${ignored}"`;
}
