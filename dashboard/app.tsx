/** Who looks, and at what. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { ask, type Answer, type Asking, type Failure } from './api.ts';
import { useRoute, type Route } from './route.ts';
import { SessionContext, storedToken, type Me, type Session } from './session.ts';
import { Flags } from './views/flags.tsx';
import { SurfaceOff, Unreachable } from './views/guidance.tsx';
import { Report } from './views/report.tsx';
import { Rollouts } from './views/rollout-list.tsx';
import { Rollout } from './views/rollout.tsx';
import { SignIn } from './views/sign-in.tsx';

type State =
  | { readonly kind: 'signed-out'; readonly why: string | undefined }
  | { readonly kind: 'asking'; readonly token: string }
  | { readonly kind: 'off' }
  | { readonly kind: 'failed'; readonly token: string; readonly failure: Failure }
  | { readonly kind: 'signed-in'; readonly token: string; readonly me: Me };

const EXPIRED = 'The token is no longer valid: it was changed or taken away. Enter the new one.';
const WRONG = 'Weir does not know this token. Check it for missing characters.';

function initialState(isOff: boolean): State {
  if (isOff) return { kind: 'off' };
  const token = storedToken.read();
  return token === undefined ? { kind: 'signed-out', why: undefined } : { kind: 'asking', token };
}

/** @param isOff no token is set in the Worker, so there is nothing that the page could ask */
export function App({ isOff }: { readonly isOff: boolean }) {
  const [state, setState] = useState<State>(() => initialState(isOff));
  /** Ends the session with that token, and none that has begun since: an answer may come late. */
  const leave = useCallback((token: string, why?: string) => {
    if (storedToken.read() === token) storedToken.forget();
    setState(state => ('token' in state && state.token === token ? { kind: 'signed-out', why } : state));
  }, []);

  useEffect(() => {
    if (state.kind !== 'asking') return;
    const { token } = state;
    void ask<Me>('me', token).then(answer => {
      if (answer.kind === 'ok') {
        storedToken.write(token);
        setState({ kind: 'signed-in', token, me: answer.value });
      } else if (answer.kind === 'unauthorized') leave(token, storedToken.read() === token ? EXPIRED : WRONG);
      else if (answer.kind === 'absent') setState({ kind: 'off' });
      else setState({ kind: 'failed', token, failure: answer });
    });
  }, [state, leave]);

  switch (state.kind) {
    case 'off':
      return <SurfaceOff />;
    case 'signed-out':
    case 'asking':
      return (
        <SignIn
          why={state.kind === 'signed-out' ? state.why : undefined}
          isBusy={state.kind === 'asking'}
          onToken={token => setState({ kind: 'asking', token })}
        />
      );
    case 'failed':
      return (
        <Unreachable
          failure={state.failure}
          onRetry={() => setState({ kind: 'asking', token: state.token })}
          onSignOut={() => leave(state.token)}
        />
      );
    case 'signed-in':
      return <SignedIn token={state.token} me={state.me} leave={leave} />;
  }
}

interface SignedInProps {
  readonly token: string;
  readonly me: Me;
  readonly leave: (token: string, why?: string) => void;
}

function SignedIn({ token, me, leave }: SignedInProps) {
  const session = useMemo<Session>(
    () => ({
      me,
      async ask<T>(path: string, asking?: Asking): Promise<Answer<T>> {
        const answer = await ask<T>(path, token, asking);
        if (answer.kind === 'unauthorized') leave(token, EXPIRED);
        return answer;
      },
      signOut: () => leave(token),
    }),
    [token, me, leave],
  );
  return (
    <SessionContext.Provider value={session}>
      <Shown route={useRoute()} />
    </SessionContext.Provider>
  );
}

function Shown({ route }: { readonly route: Route }) {
  switch (route.kind) {
    case 'list':
      return <Rollouts />;
    case 'rollout':
      return <Rollout key={route.name} name={route.name} />;
    case 'flags':
      return <Flags key={route.name} name={route.name} />;
    case 'report':
      return <Report key={`${route.name} ${route.id}`} name={route.name} id={route.id} />;
  }
}
