/** What the judge has gathered: each criterion between "roll back" and "advance". */
import { barsOf, type Bar, type Side } from '../text/evidence.ts';
import type { Evidence } from '../types.ts';

export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  if (evidence.length === 0) return null;
  return (
    <section class="card evidence" aria-labelledby="evidence">
      <div class="head">
        <h2 id="evidence">Evidence</h2>
        <p class="muted">← roll back · advance →</p>
      </div>
      <Criteria evidence={evidence} />
    </section>
  );
}

export function Criteria({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <ul class="criteria">
      {barsOf(evidence).map(bar => (
        <li key={bar.criterion} class={bar.tone}>
          <Criterion bar={bar} />
        </li>
      ))}
    </ul>
  );
}

function Criterion({ bar }: { readonly bar: Bar }) {
  const { title, margin, rollback, advance, says, texts } = bar;
  return (
    <>
      <p class="title">
        <b>{title}</b> <em>{says}</em>
      </p>
      <Scale bar={bar} />
      <p class="sides muted">
        <span>{rollback?.words}</span> <span>{advance?.words}</span>
      </p>
      {texts.map(text => (
        <p key={text} class="says">
          {text}
        </p>
      ))}
      {margin !== '' && <p class="muted">Margin: {margin}</p>}
    </>
  );
}

/** From the middle to the left what speaks for a rollback, to the right what speaks for an advance. */
function Scale({ bar: { rollback, advance } }: { readonly bar: Bar }) {
  return (
    <svg class="scale" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true">
      <rect
        class="ground"
        x={rollback === null ? 100 : 0}
        y="2"
        width={widthOf(rollback, advance)}
        height="4"
      />
      {rollback !== null && (
        <rect
          class="against"
          x={(100 - rollback.reach * 100).toFixed(1)}
          y="2"
          width={length(rollback)}
          height="4"
        />
      )}
      {advance !== null && <rect class="for" x="100" y="2" width={length(advance)} height="4" />}
      <path class="middle" d="M100 0v8" />
      {rollback?.hasLine === true && <path class="line against" d="M1 0v8" />}
      {advance?.hasLine === true && <path class="line for" d="M199 0v8" />}
    </svg>
  );
}

function widthOf(rollback: Side | null, advance: Side | null): number {
  return (rollback === null ? 0 : 100) + (advance === null ? 0 : 100);
}

function length({ reach }: Side): string {
  return (reach * 100).toFixed(1);
}
