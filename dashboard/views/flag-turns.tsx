/** The switch and the share of one flag; what they set is asked about first. */
import { useState } from 'preact/hooks';
import { percentOf, type Turn } from '../text/flags.ts';
import type { FlagView } from '../types.ts';

interface FlagTurnsProps {
  readonly flag: FlagView;
  /** Of all flags, as they are shown. */
  readonly revision: number;
  readonly onTurn: (turn: Turn) => void;
}

export function FlagTurns({ flag, revision, onTurn }: FlagTurnsProps) {
  const { key, state, share, follows } = flag;
  const isOn = state === 'on';
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  const mistake = `mistake-${key}`;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const percent = percentOf(typed);
    setWrong(percent === undefined);
    if (percent !== undefined) onTurn({ kind: 'share', flag, revision, percent });
  };
  return (
    <div class="turns">
      <button
        type="button"
        class={isOn ? 'stop' : ''}
        onClick={() => onTurn({ kind: 'switch', flag, revision, on: !isOn })}
      >
        {isOn ? 'Switch off' : 'Switch on'}
        <span class="hidden"> {key}</span>
      </button>
      {follows === null && share?.isScheduled !== true && (
        <form class="row" noValidate onSubmit={submit}>
          <input
            type="text"
            inputMode="decimal"
            aria-label={`New share of ${key} in percent`}
            aria-invalid={isWrong}
            aria-describedby={isWrong ? mistake : undefined}
            placeholder={share === null ? '' : String(share.percent)}
            value={typed}
            onInput={event => setTyped(event.currentTarget.value)}
          />
          <span aria-hidden="true">%</span>
          <button type="submit">
            Set share<span class="hidden"> of {key}</span>
          </button>
          <p id={mistake} class="complaint" role="alert">
            {isWrong && 'A number from 0 to 100, please.'}
          </p>
        </form>
      )}
    </div>
  );
}
