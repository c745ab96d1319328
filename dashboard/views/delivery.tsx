/** The rollout that moves itself: how it is, where it is, what moves it. */
import { useNow } from '../live.ts';
import { reportHref } from '../route.ts';
import { age, answersOf, deliverySituation, hasDelivery } from '../text/delivery.ts';
import { weight } from '../text/format.ts';
import type { DeliveryStatus, RolloutStatus } from '../types.ts';
import { ThreeAnswers } from './answers.tsx';
import { Ladder } from './ladder.tsx';
import { useSpoken } from './sentence.tsx';
import { Verbs } from './verbs.tsx';

interface DeliveryProps {
  readonly status: RolloutStatus;
  readonly onChanged: () => Promise<void>;
}

export function Delivery({ status, onChanged }: DeliveryProps) {
  const now = useNow();
  const { delivery } = status;
  const says = deliverySituation(delivery, now);
  const spoken = useSpoken(says?.key ?? '', says?.text ?? '');
  if (!hasDelivery(delivery)) return null;
  const name = delivery.run?.candidate ?? delivery.plan?.candidate ?? 'canary';
  const candidate = { name, version: status.variants[name]?.version ?? null };
  return (
    <section class="card delivery" aria-labelledby="rollout">
      <h2 id="rollout">
        Rollout <span class={`phase ${delivery.phase}`}>{delivery.phase}</span>
      </h2>
      <ThreeAnswers answers={answersOf(delivery, now)} />
      <p class="hidden" role="status">
        {spoken}
      </p>
      <Ladder delivery={delivery} />
      <Verbs rollout={status.name} delivery={delivery} candidate={candidate} onChanged={onChanged} />
      <p class="muted facts">
        {factsOf(delivery, now).join(' · ')}
        {delivery.run !== null && (
          <>
            {' · '}
            <a href={reportHref(status.name, delivery.run.id)}>report</a>
          </>
        )}
      </p>
    </section>
  );
}

function factsOf({ run, caps, lastTick }: DeliveryStatus, now: number): string[] {
  return [
    ...(run === null
      ? []
      : [
          run.version === null ? run.candidate : `${run.candidate} ${run.version}`,
          ...(run.attempt > 1 ? [`attempt ${run.attempt}`] : []),
          `started ${age(run.startedAt, now)} ago by ${run.startedBy}`,
        ]),
    ...Object.entries(caps).map(([name, { percent }]) => `cap of ${name}: ${weight(percent)}`),
    ...(lastTick === null ? [] : [`looked ${age(lastTick, now)} ago`]),
  ];
}
