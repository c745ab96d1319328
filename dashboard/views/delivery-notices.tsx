/** What keeps a rollout from moving as it should, beside what it waits for. */
import { useNow } from '../live.ts';
import { age, isOpen } from '../text/delivery.ts';
import { duration } from '../text/format.ts';
import type { DeliveryStatus } from '../types.ts';
import { Notice } from './notices.tsx';

/** It looks every 2 s; after 30 s without, its hub wakes it. */
const LATE_MS = 45_000;

export function DeliveryNotices({ delivery }: { readonly delivery: DeliveryStatus }) {
  const now = useNow();
  const { freeze, distrust, untestable, phase, lastTick } = delivery;
  const isLate = isOpen(phase) && lastTick !== null && now - Date.parse(lastTick) > LATE_MS;
  return (
    <>
      {isLate && (
        <Notice tone="bad" title={`Nobody has looked at the evidence for ${age(lastTick, now)}`}>
          <p>
            The controller does not tick: the rollout neither advances nor rolls back by itself. Roll back by
            hand if in doubt, and look at <code>npx wrangler tail</code>.
          </p>
        </Notice>
      )}
      {distrust !== null && (
        <Notice tone="attention" title="Automatic rollback is off">
          <p>{distrust} Watch it yourself; “Roll back” works as ever.</p>
        </Notice>
      )}
      {untestable !== null && (
        <Notice tone="quiet" title="One thing that is not tested here">
          <p>{untestable}</p>
        </Notice>
      )}
      {freeze !== null && (
        <Notice tone="attention" title={`No advances${untilText(freeze.until, now)}`}>
          <p>Frozen: {freeze.reason}. A rollback is never held.</p>
        </Notice>
      )}
    </>
  );
}

function untilText(until: string | null, now: number): string {
  if (until === null) return '';
  const left = Date.parse(until) - now;
  return ` until ${new Date(until).toLocaleString()}${left > 0 ? ` (${duration(left)})` : ''}`;
}
