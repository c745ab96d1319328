/** `weight`, `apply`, `enable`, `disable`, `override`: what changes a value. */
import type { Command } from 'commander';
import { call, post, type Answer } from '../client.ts';
import { readDocument } from '../document-file.ts';
import {
  endingLink,
  endingText,
  overrideText,
  requestBody,
  type Override,
  type OverrideOptions,
} from '../override.ts';
import { pathOf, usage, type Session, type SessionOf } from '../session.ts';
import { parseWeightArguments } from '../weight-argument.ts';
import type { DocumentText } from './look.ts';

interface Stored {
  readonly revision: number;
  readonly written: boolean;
  readonly effects: readonly string[];
}

interface ApplyOptions {
  readonly rollout: string;
  readonly dryRun?: true;
  readonly revision?: string;
  readonly ifMatch?: string;
  readonly yes?: true;
}

export function addChanging(program: Command, session: SessionOf): void {
  program
    .command('weight <weight...>')
    .description('sets the weight: a percentage for the canary, or canary=10 canary-b=5')
    .option('--rollout <name>', 'the rollout', 'default')
    .option('--force', 'also while a plan runs, which ends, or after a rollback; needs --reason')
    .option('--reason <text>', 'for the audit log')
    .action(async (args: string[], options: { rollout: string; force?: true; reason?: string }) => {
      const value = parseWeightArguments(args);
      if (value === undefined)
        usage(`expected a number like 25 or weights like canary=10 canary-b=5, got "${args.join(' ')}"`);
      const { connection, finish } = session();
      const query = forceQuery(options);
      const answer = await call<Stored>(connection(), pathOf(options.rollout, `/weight${query}`), {
        method: 'PUT',
        body: JSON.stringify(value),
      });
      finish(answer, stored => {
        const weight =
          typeof value === 'number'
            ? `${value} %`
            : `${Object.entries(value)
                .map(([name, share]) => `${name} ${share} %`)
                .join(', ')} (any other candidate 0 %)`;
        return storedText(`${options.rollout}: weight ${weight}`, stored);
      });
    });

  program
    .command('apply [file]')
    .description('puts a document, of a file or of the history')
    .option('--rollout <name>', 'the rollout', 'default')
    .option('--revision <number>', 'one of the history instead of a file')
    .option('--dry-run', 'only say what it would change')
    .option('--if-match <revision>', 'only if the rollout is still at that revision')
    .option('--yes', 'also where it brings back a stable from before an adopt, which is still scaled up')
    .action((file: string | undefined, options: ApplyOptions) => apply(file, options, session()));

  for (const [verb, description] of [
    ['disable', 'everyone on stable, whatever else is said, in seconds'],
    ['enable', 'ends that: what document and weight say'],
  ] as const) {
    program
      .command(`${verb} [rollout]`)
      .description(description)
      .action(async (name: string | undefined) => {
        const { connection, finish } = session();
        finish(await post<Stored>(connection(), pathOf(name, `/${verb}`)), stored =>
          storedText(`${name ?? 'default'}: ${verb}d`, stored),
        );
      });
  }

  program
    .command('override <variant>')
    .description('a signed link that shows one variant to whoever opens it; "off" for the link that ends it')
    .option('--ttl <duration>', 'how long it works, 1m to 30d (default: 1h)')
    .option('--path <path>', 'the page that it opens', '/')
    .option('--host <host>', "the site's host, with its port")
    .option('--rollout <name>', 'the rollout', 'default')
    .action(async (variant: string, options: OverrideOptions) => {
      const { connection, finish, url } = session();
      if (variant === 'off') {
        const link = endingLink(url, options);
        if (!link.ok) usage(link.error);
        finish({ kind: 'ok', value: link.value }, endingText);
        return;
      }
      const path = pathOf(options.rollout, '/overrides');
      const body = requestBody(variant, options);
      finish(await call<Override>(connection(), path, { method: 'POST', body }), overrideText);
    });
}

/** `?force=1&reason=…`, as `PUT …/weight` takes it. */
function forceQuery({ force, reason }: { force?: true; reason?: string }): string {
  if (force === true && (reason ?? '').trim() === '')
    usage('--force needs a --reason: it goes into the audit log');
  const query = new URLSearchParams();
  if (force === true) query.set('force', '1');
  if (reason !== undefined) query.set('reason', reason);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

async function apply(file: string | undefined, options: ApplyOptions, session: Session): Promise<void> {
  const { revision, rollout, ifMatch, yes } = options;
  if ((file === undefined) === (revision === undefined))
    usage('expected a file, or --revision with a number of the history');
  const to = session.connection();
  let document: Answer<unknown>;
  if (file !== undefined) document = { kind: 'ok', value: readDocument(file).json };
  else {
    const kept = await call<DocumentText>(
      to,
      pathOf(rollout, `/documents?revision=${numberOf('--revision', revision)}`),
    );
    document = kept.kind === 'ok' ? { kind: 'ok', value: kept.value.document } : kept;
  }
  if (document.kind !== 'ok') {
    session.finish(document, () => '');
  } else if (options.dryRun === true) {
    const { compare } = await import('../comparing.ts');
    await compare(document.value, rollout, session, 'Nothing was changed.');
  } else {
    const answer = await call<Stored>(to, pathOf(rollout, yes === true ? '?confirmed=1' : ''), {
      method: 'PUT',
      body: file === undefined ? JSON.stringify(document.value, null, 2) : readDocument(file).text,
      ifMatch: ifMatch === undefined ? undefined : numberOf('--if-match', ifMatch),
    });
    session.finish(answer, stored => storedText(`${rollout}: the document`, stored));
  }
}

function storedText(what: string, { revision, written, effects }: Stored): string {
  const stored = written
    ? `${what} is in KV (revision ${revision}); isolates follow as they read it.`
    : `${what} is accepted (revision ${revision}), but KV refuses the write just now; it is retried until it takes it.`;
  return [stored, ...effects].join('\n');
}

function numberOf(flag: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text))
    usage(`${flag}: expected a number, got "${text ?? ''}"`);
  return Number(text);
}
