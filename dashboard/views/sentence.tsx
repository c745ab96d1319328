import { useEffect, useRef, useState } from 'preact/hooks';
import type { Situation } from '../text/situation.ts';
import { lostWords, weight } from '../text/format.ts';
import { shareOf } from '../text/situation.ts';
import type { RolloutStatus } from '../types.ts';

interface SentenceProps {
  readonly situation: Situation;
  readonly status: RolloutStatus;
}

export function Sentence({ situation: { key, tone, text }, status }: SentenceProps) {
  const spoken = useSpoken(key, text);
  return (
    <section class={`card sentence ${tone}`} aria-labelledby="now">
      <h2 id="now">
        <span class="dot" aria-hidden="true" />
        Now
      </h2>
      <p class="says">{text}</p>
      <p class="hidden" role="status">
        {spoken}
      </p>
      <Share status={status} />
      <p class="muted facts">
        {[
          ...(status.hub === 'ok'
            ? [`${status.isolates} ${status.isolates === 1 ? 'isolate reports' : 'isolates report'}`]
            : []),
          `document from ${status.document.source === 'kv' ? 'KV' : 'variables'}`,
          `revision ${status.revision}`,
          ...(status.lostOutcomes > 0 ? [lostWords(status.lostOutcomes)] : []),
        ].join(' · ')}
      </p>
    </section>
  );
}

/** What is read aloud: the text when there is something new to say, not with every figure. */
export function useSpoken(key: string, text: string): string {
  const [spoken, setSpoken] = useState('');
  const last = useRef(key);
  useEffect(() => {
    if (last.current !== key) setSpoken(text);
    last.current = key;
  }, [key, text]);
  return spoken;
}

/** Who gets what, as lengths. */
function Share({ status }: { readonly status: RolloutStatus }) {
  let start = 0;
  const parts = Object.entries(status.variants).map(([name, variant], index) => {
    const share = name === 'stable' && variant.weightInForce === null ? variant.weight : shareOf(variant);
    const part = { name, share, index, start };
    start += share;
    return part;
  });
  return (
    <div class="share">
      <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ name, share, index, start }) => (
          <rect key={name} class={`v${index}`} x={start} width={share} height="1" />
        ))}
      </svg>
      <ul>
        {parts.map(({ name, share, index }) => (
          <li key={name}>
            <Swatch index={index} /> {name} <b>{weight(share)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The line that a variant has in every chart. */
export function Swatch({ index }: { readonly index: number }) {
  return (
    <svg class={`swatch v${index}`} viewBox="0 0 20 6" aria-hidden="true">
      <path d="M0 3h20" />
    </svg>
  );
}
