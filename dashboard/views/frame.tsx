/** What is around every page: whose it is, whether it is live, the way out. */
import type { ComponentChildren } from 'preact';
import type { Live } from '../live.ts';
import { useNow } from '../live.ts';
import { useSession } from '../session.ts';
import { duration } from '../text/format.ts';

/** Answers that are older count as stale; they come every two to five seconds. */
export const STALE_MS = 10_000;

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path class="flow-stable" d="M3 16h8c5 0 5-8 10-8h8" />
      <path class="flow-canary" d="M3 16h8c5 0 5 8 10 8h8" />
    </svg>
  );
}

export interface FrameProps {
  readonly title: ComponentChildren;
  readonly live: Live<unknown>;
  readonly children: ComponentChildren;
}

export function Frame({ title, live, children }: FrameProps) {
  const { me, signOut } = useSession();
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the figures
      </a>
      <header class="bar">
        <nav aria-label="Where you are">{title}</nav>
        <LiveMark live={live} />
        <span class="who muted">{me.name === me.role ? me.name : `${me.name} (${me.role})`}</span>
        <button class="plain" onClick={signOut}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** The fragment of the address says which rollout is shown: a real jump would change it. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function LiveMark({ live: { at, failure } }: { readonly live: Live<unknown> }) {
  const now = useNow();
  if (at === undefined)
    return (
      <span class="live quiet">
        {failure === undefined
          ? 'Loading…'
          : failure.kind === 'unreachable'
            ? 'No answer'
            : 'Nothing to show'}
      </span>
    );
  const age = Math.max(0, now - at);
  return age > STALE_MS ? (
    <span class="live attention">Stale · {duration(age)} old</span>
  ) : (
    <span class="live good">Live</span>
  );
}
