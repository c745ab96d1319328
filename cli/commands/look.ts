/** `status`, `watch`, `events`, `history`, `diff`: what only looks. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { RolloutList, RolloutStatus } from '../../src/core/rollout/status.ts';
import { call } from '../client.ts';
import { readDocument } from '../document-file.ts';
import { pathOf, usage, type SessionOf } from '../session.ts';
import { eventsText, historyText, type Events, type History } from '../text/history.ts';
import { byNeed, statusText } from '../text/status.ts';
import { watch } from '../watch.ts';

export interface DocumentText {
  readonly name: string;
  readonly revision: number;
  readonly document: unknown;
}

export function addLooking(program: Command, session: SessionOf): void {
  program
    .command('status [rollout]')
    .description('phase, evidence and figures of one rollout, or of all, those that need a person first')
    .action(async (name: string | undefined) => {
      const { connection, finish } = session();
      if (name !== undefined) {
        finish(await call<RolloutStatus>(connection(), pathOf(name)), status =>
          statusText(status, Date.now()),
        );
        return;
      }
      finish(await call<RolloutList>(connection(), '/rollouts'), listText);
    });

  program
    .command('watch [rollout]')
    .description('the same, live')
    .option('--interval <seconds>', 'seconds between two looks', '1')
    .action(async (name: string | undefined, options: { interval: string }) => {
      const seconds = Number(options.interval);
      if (!(seconds >= 0.2 && seconds <= 3600))
        usage(`--interval: expected seconds from 0.2 to 3600, got "${options.interval}"`);
      const { connection, asJson, finish } = session();
      const to = connection();
      const refusal = await watch(() => call<RolloutStatus>(to, pathOf(name)), seconds * 1000, asJson);
      if (refusal !== undefined) finish(refusal, () => '');
    });

  program
    .command('events [rollout]')
    .description('who did what, newest first')
    .option('--limit <number>', 'how many, 1 to 1000', '30')
    .action(async (name: string | undefined, { limit }: { limit: string }) => {
      if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1000)
        usage(`--limit: expected a number from 1 to 1000, got "${limit}"`);
      const { connection, finish } = session();
      finish(await call<Events>(connection(), pathOf(name, `/events?limit=${limit}`)), eventsText);
    });

  program
    .command('history [rollout]')
    .description('the last 50 documents: who put them and what changed')
    .action(async (name: string | undefined) => {
      const { connection, finish } = session();
      finish(await call<History>(connection(), pathOf(name, '/documents')), historyText);
    });

  program
    .command('diff <file-or-revision>')
    .description(
      'what applying that file, or that revision of the history, would change, and do to a rollout under way',
    )
    .option('--rollout <name>', 'the rollout', 'default')
    .action(async (what: string, { rollout }: { rollout: string }) => {
      // A file may be named like a number; who has one means it.
      const isRevision = /^\d{1,15}$/.test(what) && !existsSync(what);
      const other = isRevision
        ? await call<DocumentText>(session().connection(), pathOf(rollout, `/documents?revision=${what}`))
        : ({ kind: 'ok', value: { document: readDocument(what).json } } as const);
      if (other.kind !== 'ok') {
        session().finish(other, () => '');
        return;
      }
      const { compare } = await import('../comparing.ts');
      await compare(other.value.document, rollout, session());
    });
}

function listText({ rollouts, unanswered, total, hub }: RolloutList): string {
  const lines = byNeed(rollouts).map(status => statusText(status, Date.now()));
  if (lines.length === 0) lines.push('No rollouts yet: nothing has been configured or proxied.');
  if (unanswered.length > 0) lines.push(`! No answer for: ${unanswered.join(', ')}`);
  if (total > rollouts.length + unanswered.length)
    lines.push(`${total - rollouts.length - unanswered.length} more are not listed: weir status <name>.`);
  if (hub === 'unreachable') lines.push('! The index gives no answer: there may be more rollouts.');
  return lines.join('\n\n');
}
