/** The last word before a flag is turned: from what to what, and who will notice. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../api.ts';
import { useSession } from '../session.ts';
import { consequencesOf, titleOf, turnBody, type Turn } from '../text/flags.ts';
import { whatFailed } from './guidance.tsx';

interface ConfirmFlagProps {
  readonly rollout: string;
  /** Of the flags, as the page shows them. */
  readonly revision: number;
  readonly turn: Turn;
  /** @param message what was done; empty if nothing was */
  readonly onClose: (message: string) => void;
  readonly onChanged: () => Promise<void>;
}

export function ConfirmFlag({ rollout, revision, turn, onClose, onChanged }: ConfirmFlagProps) {
  const { ask } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [sending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  const message = useRef('');
  useEffect(() => dialog.current?.showModal(), []);

  const isStop = turn.kind === 'switch' && !turn.on;
  const title = titleOf(turn);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSending(true);
    setAnswer(undefined);
    const given = await ask<{ changed: string }>(
      `rollouts/${rollout}/flags/${encodeURIComponent(turn.flag.key)}`,
      {
        method: 'PATCH',
        body: turnBody(turn),
        // Off whatever anyone has just set: an emergency stop is never refused.
        headers: isStop ? {} : { 'if-match': `"${revision}"` },
      },
    );
    if (given.kind === 'ok') {
      message.current = given.value.changed;
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
      aria-labelledby="flag-title"
      onClose={() => onClose(message.current)}
    >
      <h2 id="flag-title">{title}?</h2>
      {consequencesOf(turn).map(line => (
        <p key={line}>{line}</p>
      ))}
      <form id="flag" onSubmit={event => void send(event)} />
      {answer !== undefined && answer.kind !== 'ok' && (
        <div class="notice bad" role="alert">
          <strong>
            {answer.kind === 'unreachable' || answer.kind === 'failed'
              ? 'Whether it was done is not known'
              : 'It was not done'}
          </strong>
          <p>{whatFailed(answer)}</p>
        </div>
      )}
      <div class="row end">
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="submit" form="flag" class={isStop ? 'stop solid' : 'primary'} disabled={sending}>
          {sending ? 'Asking…' : title}
        </button>
      </div>
    </dialog>
  );
}
