/** All rollouts, those with something to look at first. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { useLive, useNow } from '../live.ts';
import { hrefOf } from '../route.ts';
import { useSession } from '../session.ts';
import { rate, ratio, weight } from '../text/format.ts';
import { byUrgency, overall } from '../text/overall.ts';
import { candidatesOf, shareOf, type Situation } from '../text/situation.ts';
import type { RolloutList, RolloutStatus } from '../types.ts';
import { Frame, Logo } from './frame.tsx';
import { NoDocument } from './guidance.tsx';
import { FailureNotice, Notice } from './notices.tsx';

const POLL_MS = 5000;

/** The API lists so many in full. */
const MAX_LISTED = 100;

export function Rollouts() {
  const { ask } = useSession();
  const live = useLive(
    useCallback(() => ask<RolloutList>('rollouts'), [ask]),
    POLL_MS,
  );
  const now = useNow();
  const list = live.value;
  const unanswered = list?.unanswered ?? [];
  useEffect(() => {
    document.title = 'Rollouts · Weir';
    const [only, another] = list?.rollouts ?? [];
    const isAlone = another === undefined && list?.hub === 'ok' && list.unanswered.length === 0;
    if (only !== undefined && isAlone) location.replace(hrefOf(only.name));
  }, [list]);
  const all = (list?.rollouts ?? []).map(status => ({ status, situation: overall(status, now) }));
  const rows = byUrgency(all, now);
  return (
    <Frame
      live={live}
      title={
        <strong>
          <Logo /> Weir
        </strong>
      }
    >
      <h1 class="page-title">Rollouts</h1>
      <FailureNotice live={live} />
      {list?.hub === 'unreachable' && (
        <Notice tone="attention" title="There may be more rollouts than these">
          <p>
            The index of rollouts does not answer. Visitors are not affected; it is asked again by itself.
          </p>
        </Notice>
      )}
      {list?.hub === 'ok' && rows.length + unanswered.length === 0 && <NoDocument name="default" />}
      {rows.length + unanswered.length > 0 && (
        <ul class="rollouts card">
          {[...unanswered].sort().map(name => (
            <li key={name}>
              <UnansweredRow name={name} />
            </li>
          ))}
          {rows.map(({ status, situation }) => (
            <li key={status.name}>
              <Row status={status} situation={situation} />
            </li>
          ))}
        </ul>
      )}
      {list !== undefined && list.total > MAX_LISTED && (
        <Unlisted shown={rows.length + unanswered.length} total={list.total} />
      )}
    </Frame>
  );
}

function Row({ status, situation }: { readonly status: RolloutStatus; readonly situation: Situation }) {
  const candidates = candidatesOf(status);
  const rps = Object.values(status.variants).reduce((sum, { recent }) => sum + recent.requestsPerSecond, 0);
  return (
    <a href={hrefOf(status.name)} class={`rollout ${situation.tone}`}>
      <span class="dot" aria-hidden="true" />
      <span class="name">{status.name}</span>
      <span class="says">
        {situation.text}
        {status.problems.length > 0 && ' Not all of what is in KV is obeyed.'}
      </span>
      <span class="figure">
        {candidates.map(name => weight(shareOf(status.variants[name]!))).join(' + ') || '–'}
        <small>{candidates.join(' + ') || 'no candidate'}</small>
      </span>
      <span class="figure">
        {rate(rps)}
        <small>requests/s</small>
      </span>
      <span class="figure">
        {candidates.map(name => ratio(status.variants[name]!.recent.errorRatio)).join(' + ') || '–'}
        <small>errors</small>
      </span>
    </a>
  );
}

/** Nobody knows how it is doing: that comes first. */
function UnansweredRow({ name }: { readonly name: string }) {
  return (
    <a href={hrefOf(name)} class="rollout attention">
      <span class="dot" aria-hidden="true" />
      <span class="name">{name}</span>
      <span class="says">Its status could not be read. It is asked again by itself.</span>
    </a>
  );
}

function Unlisted({ shown, total }: { readonly shown: number; readonly total: number }) {
  const [name, setName] = useState('');
  return (
    <form
      class="card unlisted"
      onSubmit={event => {
        event.preventDefault();
        location.hash = hrefOf(name.trim().toLowerCase());
      }}
    >
      <p>
        {shown} of {total} rollouts are listed. Open any other by its host name:
      </p>
      <label for="open-name">Host name</label>
      <input
        id="open-name"
        required
        pattern="\s*[A-Za-z0-9.\-]+\s*"
        value={name}
        onInput={event => setName(event.currentTarget.value)}
      />
      <button type="submit">Open</button>
    </form>
  );
}
