/** States in which there is nothing to show: each says what happened and what to do. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Failure } from '../api.ts';
import { Logo } from './frame.tsx';

interface GuidanceProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Within a page that has a frame. */
export function Guidance({ title, children }: GuidanceProps) {
  return (
    <section class="card guidance">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Alone({ title, children }: GuidanceProps) {
  useEffect(() => {
    document.title = `${title} · Weir`;
  }, [title]);
  return (
    <main class="alone">
      <section class="card guidance">
        <h1>
          <Logo /> {title}
        </h1>
        {children}
      </section>
    </main>
  );
}

export function Command({ text }: { readonly text: string }) {
  return (
    <pre tabIndex={0} role="group" aria-label="Command">
      <code>{text}</code>
    </pre>
  );
}

export function SurfaceOff() {
  return (
    <Alone title="This surface is off">
      <p>
        No token is set in the Worker, so its API answers nobody and there is nothing this page could show.
        Visitors are not affected. Set one, then load this page again:
      </p>
      <Command text="npx wrangler secret put ADMIN_TOKEN" />
      <p class="muted">
        For people who may only look, set <code>VIEWER_TOKEN</code> too.
      </p>
    </Alone>
  );
}

export function whatFailed(failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      return `Weir can't be reached: ${failure.detail}.`;
    case 'failed':
    case 'refused':
    case 'absent':
    case 'forbidden':
      return `Weir answered: ${failure.detail}`;
    case 'changed':
      return 'Someone else has changed it meanwhile.';
    case 'unauthorized':
      return 'The token is no longer valid.';
  }
}

interface UnreachableProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
  readonly onSignOut: () => void;
}

export function Unreachable({ failure, onRetry, onSignOut }: UnreachableProps) {
  return (
    <Alone title="No answer from Weir">
      <p>{whatFailed(failure)}</p>
      <p>
        Check your own connection first, then whether <a href="/__weir/health">/__weir/health</a> answers. If
        it does not, the Worker or its route is away, and visitors are affected too.
      </p>
      <p class="row">
        <button class="primary" onClick={onRetry}>
          Try again
        </button>
        <button onClick={onSignOut}>Use another token</button>
      </p>
    </Alone>
  );
}

/** No document in KV, and none in the variables. */
export function NoDocument({ name }: { readonly name: string }) {
  const document = JSON.stringify({
    variants: {
      stable: { origin: 'https://stable.example.com' },
      canary: { origin: 'https://canary.example.com' },
    },
  });
  return (
    <Guidance title={`There is no document for ${name}`}>
      <p>
        {name === 'default'
          ? 'Weir does not know where to send visitors: they get 503.'
          : `Visitors of ${name} are handled by the rollout "default", if there is one.`}{' '}
        Put a document that names the origins of your two versions (add <code>--remote</code> in production):
      </p>
      <Command text={`npx wrangler kv key put --binding ROLLOUTS rollout:${name} '${document}'`} />
      <p>Then set the weight. This page follows by itself as soon as the document is there.</p>
      <Command text={`npx wrangler kv key put --binding ROLLOUTS weight:${name} 1`} />
    </Guidance>
  );
}

export function NoTraffic({ name }: { readonly name: string }) {
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);
  const command = isLocal
    ? `npm run demo:traffic -- --url ${location.origin}`
    : `curl -i https://${name === 'default' ? location.host : name}/`;
  return (
    <Guidance title="No request has come yet">
      <p>
        The rollout is set up. Figures appear here about two seconds after the first request. To send some:
      </p>
      <Command text={command} />
      <p class="muted">
        If requests do arrive and nothing shows, they don't pass through Weir: check the Worker's route
        {name === 'default' ? '.' : `, and that it covers ${name}.`}
      </p>
    </Guidance>
  );
}
