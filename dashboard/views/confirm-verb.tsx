/** The last word before a rollout is moved: what will happen, and why it is wanted. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, Failure } from '../api.ts';
import { useSession } from '../session.ts';
import { bodyOf, consequencesOf, reasonOf, VERB_NAMES, type Candidate, type Verb } from '../text/verbs.ts';
import type { DeliveryStatus } from '../types.ts';
import { whatFailed } from './guidance.tsx';
import { ReasonField } from './reason-field.tsx';

interface ConfirmVerbProps {
  readonly verb: Verb;
  readonly rollout: string;
  readonly delivery: DeliveryStatus;
  readonly candidate: Candidate;
  /** @param message what was done; empty if nothing was */
  readonly onClose: (message: string) => void;
  readonly onChanged: () => Promise<void>;
}

export function ConfirmVerb({ verb, rollout, delivery, candidate, onClose, onChanged }: ConfirmVerbProps) {
  const { ask } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [sending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  const [reason, setReason] = useState('');
  const message = useRef('');
  useEffect(() => dialog.current?.showModal(), []);

  const need = reasonOf(verb, delivery);
  const isStop = verb === 'rollback';
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSending(true);
    setAnswer(undefined);
    const given = await ask<{ message: string }>(`rollouts/${rollout}/${verb}`, {
      method: 'POST',
      body: bodyOf(verb, delivery, candidate, reason),
    });
    if (given.kind === 'ok') {
      message.current = given.value.message;
      dialog.current?.close();
    }
    await onChanged();
    setSending(false);
    setAnswer(given);
  };
  return (
    <dialog
      ref={dialog}
      class={isStop ? 'stop' : ''}
      aria-labelledby="verb-title"
      onClose={() => onClose(message.current)}
    >
      <h2 id="verb-title">{VERB_NAMES[verb]}?</h2>
      {consequencesOf(verb, delivery, candidate).map(line => (
        <p key={line}>{line}</p>
      ))}
      <form id="verb" onSubmit={event => void send(event)}>
        {need !== 'none' && (
          <ReasonField value={reason} onValue={setReason} isRequired={need === 'required'} />
        )}
      </form>
      {answer !== undefined && answer.kind !== 'ok' && (
        <div class="notice bad" role="alert">
          <strong>{isUnsure(answer) ? 'Whether it was done is not known' : 'It was not done'}</strong>
          <p>{whatFailed(answer)}</p>
        </div>
      )}
      <div class="row end">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="submit" form="verb" class={isStop ? 'stop solid' : 'primary'} disabled={sending}>
          {sending ? 'Asking…' : VERB_NAMES[verb]}
        </button>
      </div>
    </dialog>
  );
}

/** A command that got no answer may have been carried out all the same. */
function isUnsure({ kind }: Failure): boolean {
  return kind === 'unreachable' || kind === 'failed';
}
