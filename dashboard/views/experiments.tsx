/** What experiments among a rollout's flags have shown. */
import { useCallback } from 'preact/hooks';
import { useLive } from '../live.ts';
import { useSession } from '../session.ts';
import type { RolloutStatus } from '../types.ts';

const POLL_MS = 10_000;

/** Nothing while there are none, or no figures could be had: what is beside it says why. */
export function Experiments({ name }: { readonly name: string }) {
  const { ask } = useSession();
  const { value } = useLive(
    useCallback(() => ask<RolloutStatus>(`rollouts/${name}`), [ask, name]),
    POLL_MS,
  );
  const experiments = Object.entries(value?.experiments ?? {});
  if (experiments.length === 0) return null;
  return (
    <section class="card experiments" aria-labelledby="experiments">
      <h2 id="experiments">Experiments</h2>
      {experiments.map(([flag, { note, goals }]) => (
        <div key={flag}>
          <h3>{flag}</h3>
          {Object.entries(goals).map(([goal, { variants }]) => (
            <dl key={goal} aria-label={`${flag}, ${goal}`}>
              <dt class="goal">{goal}</dt>
              {variants.map(({ variant, text }) => (
                <dd key={variant}>
                  <strong>{variant}</strong> {text}
                </dd>
              ))}
            </dl>
          ))}
          <p class="muted">{note}</p>
        </div>
      ))}
    </section>
  );
}
