/** The steps of the plan, from the first weight to everyone. */
import { duration, weight } from '../text/format.ts';
import { leastToGo, rungsOf, type Rung } from '../text/ladder.ts';
import type { DeliveryStatus } from '../types.ts';

const STATES: Readonly<Record<Rung['state'], string>> = {
  done: 'done',
  now: 'now',
  stopped: 'stopped',
  next: 'next',
};
const APPROVALS: Readonly<Record<NonNullable<Rung['approval']>, string>> = {
  given: 'approved',
  awaited: 'waits for approval',
  needed: 'needs approval',
};

export function Ladder({ delivery }: { readonly delivery: DeliveryStatus }) {
  const rungs = rungsOf(delivery);
  if (rungs.length === 0) return null;
  const left = leastToGo(delivery);
  return (
    <div class="ladder">
      <h3>
        Steps{' '}
        {left !== null && (
          <span class="muted">
            {left === 0 ? 'all held' : `${duration(left * 1000)} to go at the earliest`}
          </span>
        )}
      </h3>
      <ol>
        {rungs.map((rung, i) => (
          <li key={i} class={rung.state} aria-current={rung.state === 'now' ? 'step' : undefined}>
            <Held progress={rung.progress} />
            <b>{weight(rung.weight)}</b> <span class="hidden">{STATES[rung.state]}, </span>
            <small>{rung.time}</small>
            {rung.approval !== null && <small class={rung.approval}>{APPROVALS[rung.approval]}</small>}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** How much of the hold is over. The words beside it say the same. */
function Held({ progress }: { readonly progress: number }) {
  return (
    <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="1" />
      <rect class="held" width={(progress * 100).toFixed(1)} height="1" />
    </svg>
  );
}
