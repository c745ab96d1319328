/** What a rollout left: every step with its evidence, every decision and why. */
import { useCallback, useEffect } from 'preact/hooks';
import { useLive, useNow } from '../live.ts';
import { hrefOf } from '../route.ts';
import { useSession } from '../session.ts';
import { weight } from '../text/format.ts';
import { endingOf, promiseOf, stayOf, subjectOf, summaryOf } from '../text/report.ts';
import type { Report as Left } from '../types.ts';
import { Criteria } from './evidence.tsx';
import { Frame } from './frame.tsx';
import { Guidance } from './guidance.tsx';
import { FailureNotice } from './notices.tsx';
import { Path } from './path.tsx';

/** It changes only while the rollout is under way. */
const POLL_MS = 10_000;

export function Report({ name, id }: { readonly name: string; readonly id: string }) {
  const { ask } = useSession();
  const live = useLive(
    useCallback(() => ask<Left>(`rollouts/${name}/reports/${id}`), [ask, name, id]),
    POLL_MS,
  );
  useEffect(() => {
    document.title = `Report ${id} · ${name} · Weir`;
  }, [name, id]);
  const report = live.value;
  return (
    <Frame live={live} title={<Path name={name} here={`Report ${id}`} />}>
      {report !== undefined ? (
        <Whole report={report} />
      ) : live.failure?.kind === 'absent' ? (
        <Guidance title={`There is no report ${id}`}>
          <p>
            {live.failure.detail} <a href={hrefOf(name)}>Go to the rollout</a>.
          </p>
        </Guidance>
      ) : (
        <FailureNotice live={live} />
      )}
    </Frame>
  );
}

function Whole({ report }: { readonly report: Left }) {
  const ending = endingOf(report);
  return (
    <>
      <section class={`card report ${ending.tone}`}>
        <h1 class="page-title">
          <span class="dot" aria-hidden="true" /> {subjectOf(report)}: {ending.text}
        </h1>
        {report.reason !== null && <p class="reason">{report.reason}</p>}
        <p>
          {summaryOf(report)} <Time at={report.startedAt} />
          {report.endedAt !== null && (
            <>
              {' '}
              to <Time at={report.endedAt} />
            </>
          )}
        </p>
        <p class="muted">{promiseOf(report)}</p>
      </section>
      <Steps report={report} />
      <Decisions report={report} />
    </>
  );
}

function Steps({ report: { steps, plan } }: { readonly report: Left }) {
  const now = useNow();
  return (
    <section class="card stays" aria-labelledby="stays">
      <h2 id="stays">Steps</h2>
      {steps.length === 0 && <p class="muted">It ended before its first step.</p>}
      <ol>
        {steps.map((stay, i) => (
          <li key={i}>
            <h3>
              Step {stay.step + 1} of {plan.steps.length}: {weight(stay.weight)}
            </h3>
            <p class="muted">
              <Time at={stay.enteredAt} /> · {stayOf(stay, now)}
            </p>
            {stay.verdict !== null && (
              <p>
                <b>{stay.verdict.kind}</b> {stay.verdict.text}
              </p>
            )}
            {stay.evidence.length > 0 && (
              <details>
                <summary>Evidence when the step was left</summary>
                <Criteria evidence={stay.evidence} />
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Decisions({ report: { decisions } }: { readonly report: Left }) {
  return (
    <section class="card events decisions" aria-labelledby="decisions">
      <h2 id="decisions">Decisions</h2>
      <ol>
        {decisions.map(({ at, by, text, verdict }, i) => (
          <li key={i}>
            <Time at={at} />
            <span>
              {text}
              {verdict !== null && !text.includes(verdict.text) && <small>{verdict.text}</small>}
            </span>
            <span class="muted">{by}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Time({ at }: { readonly at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
    </time>
  );
}
