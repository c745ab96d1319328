import { useEffect, useRef, useState } from 'preact/hooks';
import { isToken } from '../api.ts';
import { Logo } from './frame.tsx';

export interface SignInProps {
  /** Why the token is asked for once more. */
  readonly why: string | undefined;
  readonly isBusy: boolean;
  readonly onToken: (token: string) => void;
}

export function SignIn({ why, isBusy, onToken }: SignInProps) {
  const [malformed, setMalformed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Weir';
    field.current?.focus();
  }, []);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    const isGood = isToken(token);
    setMalformed(!isGood);
    if (isGood) onToken(token);
    else field.current?.focus();
  };
  const complaint = malformed ? 'A token is 1 to 512 letters, digits and signs, without spaces.' : why;
  return (
    <main class="alone">
      <form class="card sign-in" onSubmit={submit} aria-busy={isBusy}>
        <h1>
          <Logo /> Weir
        </h1>
        <label for="token">Token</label>
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-help token-error"
          aria-invalid={complaint !== undefined && !isBusy}
        />
        <p id="token-error" class="complaint" role="alert">
          {isBusy ? '' : complaint}
        </p>
        <button class="primary" type="submit" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <p id="token-help" class="muted">
          A viewer's token shows the figures; an operator's or admin's also changes weights. It stays in this
          tab until you sign out or close it. It is a value of the Worker's secrets <code>ADMIN_TOKEN</code>{' '}
          or <code>VIEWER_TOKEN</code>; <code>npm start</code> prints one.
        </p>
      </form>
    </main>
  );
}
