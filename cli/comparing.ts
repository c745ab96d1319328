/** The work of `diff` and `apply --dry-run`, apart from their options: documents are only compiled when asked for. */
import { changesOf } from '../src/core/rollout/changes.ts';
import { consequencesOf } from '../src/core/rollout/consequences.ts';
import { call, type Answer } from './client.ts';
import type { DocumentText } from './commands/look.ts';
import { pathOf, type Session } from './session.ts';
import { changesText } from './text/history.ts';

/**
 * What putting that document would change, and do.
 * @param ending a last line for people, if there is one to say
 */
export async function compare(
  after: unknown,
  rollout: string,
  session: Session,
  ending?: string,
): Promise<void> {
  const current = await call<DocumentText>(
    session.connection(),
    pathOf(rollout, '/documents?revision=current'),
  );
  // None yet: everything is new.
  const before: Answer<unknown> =
    current.kind === 'ok'
      ? { kind: 'ok', value: current.value.document }
      : current.kind === 'refused' && current.status === 404
        ? { kind: 'ok', value: {} }
        : current;
  if (before.kind !== 'ok') {
    session.finish(before, () => '');
    return;
  }
  const changes = changesOf(before.value, after);
  const consequences = consequencesOf(before.value, after, rollout);
  if (!consequences.ok) {
    const lines = consequences.error.map(({ path, message }) => `  ${path}: ${message}`);
    session.finish(
      { kind: 'refused', status: 422, lines: ['The document is not valid:', ...lines] },
      () => '',
    );
    return;
  }
  const lines = [changesText(changes), ...consequences.value, ...(ending === undefined ? [] : [ending])];
  session.print({ changes, consequences: consequences.value }, lines.join('\n'));
}
