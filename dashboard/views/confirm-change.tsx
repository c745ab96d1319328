/** The last word before visitors notice: from what to what, and what that means for them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../api.ts';
import { useSession } from '../session.ts';
import { areSame, effectOnPlan, meaningOf, weightBody, weightPath, type Weights } from '../text/change.ts';
import { weight } from '../text/format.ts';
import type { DeliveryStatus } from '../types.ts';
import { whatFailed } from './guidance.tsx';
import { ReasonField } from './reason-field.tsx';

const FORM = 'change';

export interface Wanted {
  /** What was set when the question was asked. */
  readonly from: Weights;
  readonly to: Weights;
  /** Everyone to stable. */
  readonly isStop: boolean;
  readonly revision: number;
}

interface ConfirmChangeProps {
  readonly rollout: string;
  readonly delivery: DeliveryStatus;
  readonly wanted: Wanted;
  /** What is set now. */
  readonly current: Weights;
  readonly revision: number;
  readonly onClose: (isSet: boolean) => void;
  readonly onChanged: () => Promise<void>;
}

export function ConfirmChange({
  rollout,
  delivery,
  wanted,
  current,
  revision,
  onClose,
  onChanged,
}: ConfirmChangeProps) {
  const { ask } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [sending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  /** What the change starts from; after a conflict, what the other one has set. */
  const [base, setBase] = useState({ from: wanted.from, revision: wanted.revision });
  const [reason, setReason] = useState('');
  const isSet = useRef(false);
  useEffect(() => dialog.current?.showModal(), []);

  // What is written into KV by hand has no revision of its own. A stop is never behind.
  const hasChanged = revision !== base.revision || !areSame(current, base.from);
  const isBehind = hasChanged && !wanted.isStop && !sending;
  const from = wanted.isStop ? current : base.from;
  const effect = effectOnPlan(delivery, from, wanted.to);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSending(true);
    setAnswer(undefined);
    const given = await ask(`rollouts/${rollout}/${weightPath(effect, reason)}`, {
      method: 'PUT',
      body: weightBody(wanted.to),
      // Away from the candidate whatever anyone has just set: an emergency stop is never refused.
      headers: wanted.isStop ? {} : { 'if-match': `"${base.revision}"` },
    });
    if (given.kind === 'ok') {
      isSet.current = true;
      dialog.current?.close();
    }
    await onChanged();
    setSending(false);
    setAnswer(given);
  };
  const rebase = (): void => {
    setBase({ from: current, revision });
    setAnswer(undefined);
  };
  const meaning = meaningOf(from, wanted.to);
  return (
    <dialog
      ref={dialog}
      class={wanted.isStop ? 'stop' : ''}
      aria-labelledby="change-title"
      onClose={() => onClose(isSet.current)}
    >
      <h2 id="change-title">{wanted.isStop ? 'Everyone to stable?' : 'Change the weight?'}</h2>
      <ul class="changes">
        {Object.entries(wanted.to).map(([name, share]) => (
          <li key={name}>
            {name} <b>{weight(from[name] ?? 0)}</b> <span aria-hidden="true">→</span>
            <span class="hidden"> to </span> <b>{weight(share)}</b>
          </li>
        ))}
      </ul>
      {meaning.map(line => (
        <p key={line}>{line}</p>
      ))}
      {meaning.length === 0 && <p>That is what is set already.</p>}
      {effect === 'pauses' && <p>The rollout pauses; it goes on when someone resumes it.</p>}
      {effect === 'ends' && <p>The plan ends here: from then on the weight moves only by hand.</p>}
      <form id={FORM} onSubmit={event => void send(event)}>
        {effect === 'ends' && <ReasonField value={reason} onValue={setReason} isRequired />}
      </form>
      <p class="muted">The Worker's isolates take it over within 90 s, usually much sooner.</p>
      <div role="status">
        {isBehind && (
          <div class="notice attention">
            <strong>Someone else changed it meanwhile</strong>
            <p>
              Nothing was changed by you. Now set:{' '}
              {Object.entries(current)
                .map(([name, share]) => `${name} ${weight(share)}`)
                .join(', ')}
              .
            </p>
          </div>
        )}
      </div>
      {answer !== undefined && answer.kind !== 'ok' && !(answer.kind === 'changed' && isBehind) && (
        <div class="notice bad" role="alert">
          <strong>It was not changed</strong>
          <p>{whatFailed(answer)}</p>
        </div>
      )}
      <div class="row end">
        <button onClick={() => dialog.current?.close()}>Cancel</button>
        {/* Two buttons, not one that changes: the click that rebases would submit the form as well. */}
        {isBehind ? (
          <button key="rebase" class="primary" onClick={rebase}>
            Start from there
          </button>
        ) : (
          <button
            key="send"
            type="submit"
            form={FORM}
            class={wanted.isStop ? 'stop solid' : 'primary'}
            disabled={sending}
          >
            {sending ? 'Setting…' : wanted.isStop ? 'Everyone to stable' : 'Set weight'}
          </button>
        )}
      </div>
    </dialog>
  );
}
