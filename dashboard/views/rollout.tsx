/** One rollout: what happens, the control, the figures, the course of time, who did what. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Charts } from '../charts/charts.tsx';
import { useLive, useNow, type Live } from '../live.ts';
import { useSession } from '../session.ts';
import { hasDelivery } from '../text/delivery.ts';
import { weight } from '../text/format.ts';
import { overall } from '../text/overall.ts';
import { candidatesOf, shareOf, situation } from '../text/situation.ts';
import type { LoggedEvent, RolloutStatus } from '../types.ts';
import { DeliveryNotices } from './delivery-notices.tsx';
import { Delivery } from './delivery.tsx';
import { Events } from './events.tsx';
import { EvidenceList } from './evidence.tsx';
import { Frame, STALE_MS } from './frame.tsx';
import { Guidance, NoDocument, NoTraffic } from './guidance.tsx';
import { FailureNotice, HubNotice, ProblemList, SinkNotice } from './notices.tsx';
import { Path } from './path.tsx';
import { Reports } from './reports.tsx';
import { Sentence } from './sentence.tsx';
import { Variants } from './variants.tsx';
import { WeightControl } from './weight-control.tsx';

const STATUS_MS = 2000;
const EVENTS_MS = 10_000;
const MAX_EVENTS = 100;

export function Rollout({ name }: { readonly name: string }) {
  const { ask } = useSession();
  const [window, setWindow] = useState('60s');
  const live = useLive(
    useCallback(() => ask<RolloutStatus>(`rollouts/${name}?window=${window}`), [ask, name, window]),
    STATUS_MS,
  );
  const events = useLive(
    useCallback(
      () => ask<{ events: readonly LoggedEvent[] }>(`rollouts/${name}/events?limit=${MAX_EVENTS}`),
      [ask, name],
    ),
    EVENTS_MS,
  );
  const revision = live.value?.revision;
  const { refresh } = events;
  useEffect(() => void refresh(), [revision, refresh]);
  return (
    <Frame live={live} title={<Path name={name} />}>
      <h1 class="hidden">{name}</h1>
      <Page
        name={name}
        live={live}
        events={events.value?.events ?? []}
        window={window}
        onWindow={setWindow}
      />
    </Frame>
  );
}

interface PageProps {
  readonly name: string;
  readonly live: Live<RolloutStatus>;
  readonly events: readonly LoggedEvent[];
  readonly window: string;
  readonly onWindow: (window: string) => void;
}

function Page({ name, live, events, window, onWindow }: PageProps) {
  const now = useNow();
  const { value: status, at, failure } = live;
  const known = useFigures(live);
  const says = status === undefined ? undefined : situation(status, now);
  const isStale = at !== undefined && now - at > STALE_MS;
  useEffect(() => {
    const shares =
      status === undefined ? [] : candidatesOf(status).map(each => weight(shareOf(status.variants[each]!)));
    const state = isStale || status === undefined ? (isStale ? 'stale' : '') : overall(status, now).short;
    document.title = [shares.join(' + '), state, name, 'Weir'].filter(part => part !== '').join(' · ');
  });

  if (status === undefined || says === undefined) {
    if (failure?.kind === 'absent')
      return name === 'default' ? <NoDocument name={name} /> : <Unknown name={name} />;
    return (
      <>
        <FailureNotice live={live} />
        {failure === undefined && <p class="muted">Loading…</p>}
      </>
    );
  }
  if (status.document.source === 'none')
    return (
      <>
        <ProblemList status={status} />
        <NoDocument name={name} />
      </>
    );
  const figures = known?.status ?? status;
  const areFiguresOld = isStale || status.hub === 'unreachable';
  const isEmpty = figures.lastCounts === null && status.hub === 'ok';
  return (
    <>
      <FailureNotice live={live} />
      <HubNotice status={status} figuresAt={known?.at} />
      <ProblemList status={status} />
      <SinkNotice status={status} />
      <DeliveryNotices delivery={status.delivery} />
      <div class={`page ${areFiguresOld ? 'old' : ''} ${isStale ? 'stale' : ''}`}>
        <Delivery status={status} onChanged={live.refresh} />
        <EvidenceList evidence={status.delivery.evidence} />
        <Sentence situation={says} status={status} />
        <WeightControl status={status} onChanged={live.refresh} />
        {isEmpty ? (
          <NoTraffic name={name} />
        ) : (
          <Variants status={status} figures={figures} window={window} onWindow={onWindow} />
        )}
        {!isEmpty && <Charts status={status} events={events} />}
        <Events events={events} now={now} />
        {hasDelivery(status.delivery) && <Reports status={status} />}
      </div>
    </>
  );
}

/** The last status whose figures could be read: a hub that is away must not blank them. */
function useFigures({ value, at }: Live<RolloutStatus>): { status: RolloutStatus; at: number } | undefined {
  const last = useRef<{ status: RolloutStatus; at: number } | undefined>(undefined);
  if (value !== undefined && at !== undefined && value.hub === 'ok') last.current = { status: value, at };
  return last.current;
}

function Unknown({ name }: { readonly name: string }) {
  return (
    <Guidance title={`There is no rollout ${name}`}>
      <p>
        It has no document, no weight and no traffic. A rollout is named by its host in lower case, without a
        port. <a href="#/">See all rollouts</a>.
      </p>
    </Guidance>
  );
}
