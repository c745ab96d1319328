/** Short words above the figures: what is not as it should be, and what to do. */
import type { ComponentChildren } from 'preact';
import type { Failure } from '../api.ts';
import type { Live } from '../live.ts';
import { useNow } from '../live.ts';
import { count, duration } from '../text/format.ts';
import { STALE_COUNTS_MS } from '../text/situation.ts';
import type { RolloutStatus } from '../types.ts';
import { STALE_MS } from './frame.tsx';
import { whatFailed } from './guidance.tsx';

interface NoticeProps {
  readonly tone: 'quiet' | 'attention' | 'bad';
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <section class={`notice ${tone}`} aria-label={title}>
      <strong>{title}</strong>
      <div>{children}</div>
    </section>
  );
}

/** The page itself gets no answers. Always in the page: what is read aloud needs a place before its text. */
export function FailureNotice({ live }: { readonly live: Live<unknown> }) {
  const now = useNow();
  const { at, failure, refresh } = live;
  const isLate = failure !== undefined && (at === undefined || now - at > STALE_MS);
  return (
    <>
      <p class="hidden" role="status">
        {isLate && 'No answers: what this page shows is not current.'}
      </p>
      {isLate && (
        <Notice tone="attention" title={at === undefined ? nothingYet(failure) : 'These figures are stale'}>
          <p>
            {whatFailed(failure)}
            {at !== undefined && ` What you see is ${duration(now - at)} old.`} It is tried again by itself.
            Check your own connection, then whether <a href="/__weir/health">/__weir/health</a> answers; if it
            does not, visitors are affected too.
          </p>
          <button onClick={() => void refresh()}>Try now</button>
        </Notice>
      )}
    </>
  );
}

function nothingYet({ kind }: Failure): string {
  return kind === 'unreachable' ? 'No answer from Weir' : 'Weir could not answer';
}

export function HubNotice({
  status,
  figuresAt,
}: {
  readonly status: RolloutStatus;
  readonly figuresAt: number | undefined;
}) {
  const now = useNow();
  if (status.hub === 'unreachable') {
    const age = figuresAt === undefined ? '' : ` The figures below are ${duration(now - figuresAt)} old.`;
    return (
      <Notice tone="attention" title="The metrics hub does not answer">
        <p>
          Visitors are still split, and weights can still be changed. Figures, charts and quick cut-offs don't
          work.
          {age} Outcomes are kept for 10 minutes and delivered when it is back. If it stays like this, look at
          the Worker's logs (<code>npx wrangler tail</code>) and at Cloudflare's status of Durable Objects.
        </p>
      </Notice>
    );
  }
  if (status.lastCounts === null) return null;
  const silence = now - Date.parse(status.lastCounts);
  if (silence <= STALE_COUNTS_MS) return null;
  return (
    <Notice tone="attention" title={`No counts for ${duration(silence)}`}>
      <p>
        If there should be traffic, open the site: counts follow within two seconds. If they don't, requests
        bypass Weir (check the Worker's route), or its isolates can't reach the hub (
        <code>npx wrangler tail</code> says "delivering to hub failed").
      </p>
    </Notice>
  );
}

export function SinkNotice({ status }: { readonly status: RolloutStatus }) {
  const failing = Object.entries(status.sinks).filter(([, { trouble }]) => trouble !== undefined);
  if (failing.length === 0) return null;
  return (
    <Notice tone="attention" title={`Outcomes do not get to ${failing.map(([name]) => name).join(' and ')}`}>
      <p>
        {status.sinks['hub'] === undefined
          ? 'The figures here are complete: only what reads from there has gaps.'
          : 'Without the hub there are no figures here: nothing is counted for this page.'}
      </p>
      <ul class="problems">
        {failing.map(([name, { lost, trouble }]) => (
          <li key={name}>
            <code>{name}</code> {trouble}
            {lost > 0 && ` (${count(lost)} outcomes lost so far)`}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

export function ProblemList({ status }: { readonly status: RolloutStatus }) {
  if (status.problems.length === 0) return null;
  return (
    <Notice tone="bad" title="Not all of what is in KV is obeyed">
      <p>
        {status.enabled === null
          ? 'This is ignored until it is mended, and there is no earlier value that could hold.'
          : 'This is ignored or held back: what was in force before stays until it is mended.'}
      </p>
      <ul class="problems">
        {status.problems.map(({ key, path, message }) => (
          <li key={`${key} ${path} ${message}`}>
            <code>{key}</code> <code>{path}</code> {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
