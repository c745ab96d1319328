/** The audit log: who did what, through what. */
import { changeWords } from '../text/change.ts';
import { duration } from '../text/format.ts';
import type { LoggedEvent } from '../types.ts';

const SHOWN = 20;

const CHANNELS: Readonly<Record<string, string>> = {
  api: 'the API',
  cli: 'the command line',
  dashboard: 'this page',
  kv: 'KV, by hand',
};

export function Events({ events, now }: { readonly events: readonly LoggedEvent[]; readonly now: number }) {
  return (
    <section class="card events" aria-labelledby="events">
      <h2 id="events">Changes {events.length > SHOWN && <span class="muted">(the last {SHOWN})</span>}</h2>
      {events.length === 0 ? (
        <p class="muted">Nothing has been changed yet.</p>
      ) : (
        <ol>
          {events.slice(0, SHOWN).map(({ id, at, by, channel, action, detail }) => (
            <li key={id}>
              <time dateTime={at} title={new Date(at).toLocaleString()}>
                {duration(Math.max(0, now - Date.parse(at)))} ago
              </time>
              <span>
                <b>{action.replace('-', ' ')}</b> {action === 'weight' ? changeWords(detail) : detail}
              </span>
              <span class="muted">
                {channel === 'controller' ? by : `${by}, through ${CHANNELS[channel] ?? channel}`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
