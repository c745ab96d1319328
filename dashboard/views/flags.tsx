/** A rollout's feature flags: what each is, who changed it last, its switch and its share. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { useLive, useNow, type Live } from '../live.ts';
import { hrefOf } from '../route.ts';
import { mayChangeFlags, useSession } from '../session.ts';
import { lastChangeWords, readersOf, shareWords, type Turn } from '../text/flags.ts';
import type { FlagsView, FlagView } from '../types.ts';
import { ConfirmFlag } from './confirm-flag.tsx';
import { FlagTurns } from './flag-turns.tsx';
import { Experiments } from './experiments.tsx';
import { Frame } from './frame.tsx';
import { Command, Guidance } from './guidance.tsx';
import { FailureNotice } from './notices.tsx';
import { Path } from './path.tsx';

const POLL_MS = 5000;

export function Flags({ name }: { readonly name: string }) {
  const { ask } = useSession();
  const live = useLive(
    useCallback(() => ask<FlagsView>(`rollouts/${name}/flags`), [ask, name]),
    POLL_MS,
  );
  useEffect(() => {
    document.title = `Flags · ${name} · Weir`;
  }, [name]);
  const { value, failure } = live;
  return (
    <Frame live={live} title={<Path name={name} here="Flags" />}>
      <h1 class="page-title">Flags of {name}</h1>
      {value !== undefined ? (
        <>
          <FailureNotice live={live} />
          <List view={value} live={live} />
        </>
      ) : failure?.kind === 'absent' ? (
        <Guidance title={`There is no rollout ${name}`}>
          <p>
            It has no document, no flags and no traffic. <a href="#/">See all rollouts</a>.
          </p>
        </Guidance>
      ) : (
        <FailureNotice live={live} />
      )}
    </Frame>
  );
}

interface ListProps {
  readonly view: FlagsView;
  readonly live: Live<FlagsView>;
}

function List({ view, live }: ListProps) {
  const { me } = useSession();
  const now = useNow();
  const [turn, setTurn] = useState<Turn>();
  const [said, setSaid] = useState('');
  const mayTurn = mayChangeFlags(me);
  return (
    <>
      <p class="hidden" role="status">
        {said}
      </p>
      {!mayTurn && (
        <p class="muted">You may look. To turn flags takes a token with the role flags or higher.</p>
      )}
      {view.put?.written === false && (
        <p class="notice">The last change is not in KV yet: KV refuses the write, it is being retried.</p>
      )}
      <Problems problems={view.problems} />
      {view.flags.length === 0 ? (
        <NoFlags name={view.name} />
      ) : (
        <ul class="card flags">
          {view.flags.map(flag => (
            <li key={flag.key}>
              <Facts flag={flag} now={now} />
              {mayTurn && flag.state !== 'broken' && (
                <FlagTurns flag={flag} revision={view.revision} onTurn={setTurn} />
              )}
              <Problems problems={flag.problems} />
            </li>
          ))}
        </ul>
      )}
      <Experiments name={view.name} />
      <p>
        What is changed here moves nobody in <a href={hrefOf(view.name)}>the rollout {view.name}</a>, unless
        one of its rules asks for a flag.
      </p>
      {turn !== undefined && (
        <ConfirmFlag
          view={view}
          turn={turn}
          onClose={message => {
            setTurn(undefined);
            setSaid(message);
          }}
          onChanged={live.refresh}
        />
      )}
    </>
  );
}

const STATES = { on: 'On', off: 'Off', broken: 'Malformed' } as const;

function Facts({ flag, now }: { readonly flag: FlagView; readonly now: number }) {
  const { key, state, type, variants } = flag;
  return (
    <div class="facts">
      <h2>{key}</h2>
      <span class={`state ${state}`}>{STATES[state]}</span>
      <p>{[type ?? 'no value is given', variants.join(' · '), readersOf(flag)].filter(Boolean).join('; ')}</p>
      <p>{shareWords(flag)}</p>
      <p class="muted">{lastChangeWords(flag, now)}</p>
    </div>
  );
}

function Problems({ problems }: { readonly problems: FlagView['problems'] }) {
  if (problems.length === 0) return null;
  return (
    <div class="notice bad">
      <strong>{problems.length === 1 ? 'A problem' : `${problems.length} problems`}</strong>
      <ul class="problems">
        {problems.map(({ path, message }) => (
          <li key={path + message}>
            <code>{path}</code> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function NoFlags({ name }: { readonly name: string }) {
  const rollout = name === 'default' ? '' : ` --rollout ${name}`;
  return (
    <Guidance title="No flags yet">
      <p>
        {name === 'default'
          ? 'Put a document of flags; it applies to every host without flags of its own.'
          : `Visitors of ${name} get the default flags, if there are any. To give it flags of its own:`}
      </p>
      <Command text={`npx weir flags apply flags.json${rollout}`} />
    </Guidance>
  );
}
