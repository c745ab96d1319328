/** The last word before a flag is turned: from what to what, and who will notice. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../api.ts';
import { useSession } from '../session.ts';
import { consequencesOf, nowWords, titleOf, turnBody, type Turn } from '../text/flags.ts';
import type { FlagsView, FlagView } from '../types.ts';
import { whatFailed } from './guidance.tsx';

interface ConfirmFlagProps {
  /** What is so now. */
  readonly view: FlagsView;
  /** With the flag as it was when the question was asked. */
  readonly turn: Turn;
  /** @param message what was done; empty if nothing was */
  readonly onClose: (message: string) => void;
  readonly onChanged: () => Promise<void>;
}

export function ConfirmFlag({ view, turn: asked, onClose, onChanged }: ConfirmFlagProps) {
  const { ask } = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const [sending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer<unknown>>();
  /** What the turn starts from; after a conflict, what the other one has set. */
  const [turn, setTurn] = useState(asked);
  const message = useRef('');
  useEffect(() => dialog.current?.showModal(), []);

  const { key } = turn.flag;
  const current = view.flags.find(flag => flag.key === key);
  const isStop = turn.kind === 'switch' && !turn.on;
  // What was read is what is agreed to. A stop is never behind.
  const isBehind = view.revision !== turn.revision && !isStop && !sending;
  const title = titleOf(turn);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setSending(true);
    setAnswer(undefined);
    const given = await ask<{ changed: string }>(`rollouts/${view.name}/flags/${encodeURIComponent(key)}`, {
      method: 'PATCH',
      body: turnBody(turn),
      // Off whatever anyone has just set: an emergency stop is never refused.
      headers: isStop ? {} : { 'if-match': `"${turn.revision}"` },
    });
    if (given.kind === 'ok') {
      message.current = given.value.changed;
      dialog.current?.close();
    }
    await onChanged();
    setSending(false);
    setAnswer(given);
  };
  const rebase = (flag: FlagView): void => {
    setTurn({ ...turn, flag, revision: view.revision });
    setAnswer(undefined);
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
      <div role="status">
        {isBehind && (
          <div class="notice attention">
            <strong>The flags were changed meanwhile</strong>
            <p>Nothing was changed by you. {nowWords(key, current)}</p>
          </div>
        )}
      </div>
      {answer !== undefined && answer.kind !== 'ok' && !(answer.kind === 'changed' && isBehind) && (
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
        {/* Two buttons, not one that changes: the click that rebases would submit the form as well. */}
        {isBehind ? (
          current !== undefined && (
            <button key="rebase" type="button" class="primary" onClick={() => rebase(current)}>
              Start from there
            </button>
          )
        ) : (
          <button
            key="send"
            type="submit"
            form="flag"
            class={isStop ? 'stop solid' : 'primary'}
            disabled={sending}
          >
            {sending ? 'Asking…' : title}
          </button>
        )}
      </div>
    </dialog>
  );
}
