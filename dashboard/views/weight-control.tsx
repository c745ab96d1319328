/** The weights, and how to change them. */
import { useRef, useState } from 'preact/hooks';
import { mayChange, useSession } from '../session.ts';
import { mistakeIn, progressOf, type Weights } from '../text/change.ts';
import { isOpen } from '../text/delivery.ts';
import { weight } from '../text/format.ts';
import { candidatesOf } from '../text/situation.ts';
import { useNow } from '../live.ts';
import type { RolloutStatus } from '../types.ts';
import { ConfirmChange, type Wanted } from './confirm-change.tsx';
import { Swatch } from './sentence.tsx';
import { WeightField } from './weight-field.tsx';

/** Enter in a field is the form's. */
const FORM = 'new-weights';
const MISTAKE = 'new-weights-mistake';

interface WeightControlProps {
  readonly status: RolloutStatus;
  readonly onChanged: () => Promise<void>;
}

export function WeightControl({ status, onChanged }: WeightControlProps) {
  const { me } = useSession();
  const candidates = candidatesOf(status);
  const current = weightsOf(status);
  /** What is typed but not set; a candidate that isn't touched follows what is set. */
  const [draft, setDraft] = useState<Readonly<Record<string, string>>>({});
  const [wanted, setWanted] = useState<Wanted>();
  const heading = useRef<HTMLHeadingElement>(null);
  const entered: Weights = Object.fromEntries(
    candidates.map(name => {
      const text = draft[name]?.trim();
      return [name, text === undefined ? current[name]! : typed(text)];
    }),
  );
  const mistake = mistakeIn(entered);
  const isSame = candidates.every(name => entered[name] === current[name]);
  const isAllStable = candidates.every(name => current[name] === 0);
  const canChange = mayChange(me);
  const ask = (to: Weights, isStop: boolean): void =>
    setWanted({ from: current, to, isStop, revision: status.revision });

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!isSame && mistake === undefined) ask(entered, false);
  };

  return (
    <section class="card control" aria-labelledby="weights">
      <h2 id="weights" ref={heading} tabIndex={-1}>
        Weight
      </h2>
      {candidates.length === 0 && <p>The document has no candidate: there is nothing to weigh.</p>}
      {candidates.map((name, i) => (
        <div key={name} class="candidate">
          <p class="weight">
            <Swatch index={i + 1} /> {name} <b>{weight(current[name]!)}</b>{' '}
            <Reported status={status} name={name} />
          </p>
          {canChange && (
            <WeightField
              form={FORM}
              mistake={mistake === undefined ? undefined : MISTAKE}
              name={name}
              index={i + 1}
              value={draft[name] ?? String(current[name])}
              onValue={text => setDraft(before => ({ ...before, [name]: text }))}
            />
          )}
        </div>
      ))}
      {status.weight?.written === false && (
        <p class="complaint">KV has not taken the weight yet. Weir keeps trying; nothing is to be done.</p>
      )}
      {canChange && isOpen(status.delivery.phase) && (
        <p class="muted facts">
          The plan moves the weight by itself. A lower one set here holds at once and pauses it; a higher one
          ends it.
        </p>
      )}
      {status.enabled === false && (
        <p class="complaint">
          The document says "enabled": false. Weights have no effect until that is changed.
        </p>
      )}
      {!canChange ? (
        <p class="muted">
          This token may only read ({me.role}). To change weights, sign in with an operator's or admin's
          token.
        </p>
      ) : (
        candidates.length > 0 && (
          <form id={FORM} onSubmit={submit}>
            <p class="complaint" role="status" id={MISTAKE}>
              {mistake}
            </p>
            <div class="row">
              <button class="primary" type="submit" disabled={isSame || mistake !== undefined}>
                {isSame || mistake !== undefined ? 'Set weight…' : `Set ${listed(entered)}…`}
              </button>
              <button
                class="stop"
                type="button"
                disabled={isAllStable}
                onClick={() => ask(Object.fromEntries(candidates.map(name => [name, 0])), true)}
              >
                Everyone to stable (0 %)
              </button>
            </div>
          </form>
        )
      )}
      {wanted !== undefined && (
        <ConfirmChange
          rollout={status.name}
          delivery={status.delivery}
          wanted={wanted}
          current={current}
          revision={status.revision}
          onClose={isSet => {
            setWanted(undefined);
            if (!isSet) return;
            setDraft({});
            // The button that had the focus has nothing left to do.
            heading.current?.focus();
          }}
          onChanged={onChanged}
        />
      )}
    </section>
  );
}

/** Digits, and a decimal point or comma; what else JavaScript calls a number (`0x10`) is none to people. */
function typed(text: string): number {
  return /^\d*[.,]?\d+$/.test(text) ? Number(text.replace(',', '.')) : NaN;
}

export function weightsOf(status: RolloutStatus): Weights {
  return Object.fromEntries(candidatesOf(status).map(name => [name, status.variants[name]!.weight]));
}

function listed(weights: Weights): string {
  const entries = Object.entries(weights);
  return entries
    .map(([name, share]) => (entries.length === 1 ? weight(share) : `${name} ${weight(share)}`))
    .join(', ');
}

function Reported({ status, name }: { readonly status: RolloutStatus; readonly name: string }) {
  const now = useNow();
  const { weight, weightInForce } = status.variants[name]!;
  if (status.hub === 'unreachable')
    return <span class="progress waiting">set; whether it is in force can't be read</span>;
  const silentFor = status.lastCounts === null ? null : Math.max(0, now - Date.parse(status.lastCounts));
  const progress = progressOf(weight, weightInForce, silentFor, status.delivery.caps[name]?.percent);
  return (
    <span class={`progress ${progress.kind}`} role="status">
      {progress.kind === 'in-force' ? 'in force' : progress.text}
    </span>
  );
}
