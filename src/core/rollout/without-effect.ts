/** A weight that was written into KV by hand and that the cap holds down: named, or nobody knows why. */
import type { DeliveryStatus } from '../delivery/delivery-status.ts';
import type { Active } from './active.ts';
import { jsonPath, type KeyedProblem } from './problem.ts';

/**
 * Only for weights by hand: one of the controller's own that is above the cap is on its way out.
 * @returns one problem for each candidate that gets less than the weight says
 */
export function withoutEffect(
  name: string,
  active: Active | undefined,
  delivery: DeliveryStatus,
): KeyedProblem[] {
  if (active?.weight == null || active.weight.revision !== undefined) return [];
  const isNumber = /^\s*[\d.]/.test(active.weight.text);
  return active.rollout.variants.slice(1).flatMap(variant => {
    const weight = (active.split.weights[variant.index] ?? 0) / 1000;
    const cap = Object.hasOwn(delivery.caps, variant.name) ? delivery.caps[variant.name] : undefined;
    if (cap === undefined || weight <= cap.percent) return [];
    return [
      {
        key: `weight:${name}`,
        path: isNumber ? '$' : jsonPath([variant.name]),
        message: `weight ${weight} ${cap.percent === 0 ? 'has no effect' : `is held at ${cap.percent}`}: ${why(delivery)}`,
      },
    ];
  });
}

function why({ phase, since, run }: DeliveryStatus): string {
  const at = since === null ? '' : ` at ${since.slice(11, 16)} UTC`;
  const reason = run?.reason == null ? '' : `: ${run.reason}`;
  switch (phase) {
    case 'rolled-back':
      return `rolled back${at}${reason}; \`weir start\` or \`weir weight --force\``;
    case 'paused':
      return `paused${at}${reason}; \`weir resume\` goes on with the plan, \`weir weight --force\` ends it`;
    case 'progressing':
    case 'baking':
      return 'the plan moves the weight by itself; `weir pause` to look first, `weir weight --force` ends it';
    case 'idle':
    case 'completed':
    case 'adopting':
      return 'the controller holds it down; `weir weight` sets it';
  }
}
