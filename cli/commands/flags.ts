/** `weir flags`: what flags there are, a switch or a share turned, and why somebody gets what. */
import type { Command } from 'commander';
import type { FlagsView } from '../../src/core/flags/view.ts';
import { call } from '../client.ts';
import { readDocument } from '../document-file.ts';
import { complain, pathOf, usage, type SessionOf } from '../session.ts';
import { changedText, explanationText, flagsText, type FlagsStored } from '../text/flags.ts';

interface OfRollout {
  readonly rollout: string;
}

export function addFlags(program: Command, session: SessionOf): void {
  const flags = program.command('flags').description('feature flags: list, set, explain, apply');
  const rollout = ['--rollout <name>', 'whose flags', 'default'] as const;

  flags
    .command('list')
    .description('every flag: state, share, problems, who changed it last')
    .option(...rollout)
    .action(async (options: OfRollout) => {
      const { connection, finish } = session();
      finish(await call<FlagsView>(connection(), pathOf(options.rollout, '/flags')), view =>
        flagsText(view, Date.now()),
      );
    });

  flags
    .command('set')
    .description('switches a flag on or off, or sets its share in percent')
    .argument('<flag>')
    .argument('<on|off|percent>')
    .option(...rollout)
    .action(async (flag: string, wanted: string, options: OfRollout) => {
      const body = turnOf(wanted);
      if (body === undefined) usage(`expected on, off or a percentage like 25, got "${wanted}"`);
      const { connection, finish } = session();
      const path = pathOf(options.rollout, `/flags/${encodeURIComponent(flag)}`);
      const answer = await call<FlagsStored>(connection(), path, {
        method: 'PATCH',
        body: JSON.stringify(body),
      });
      finish(answer, stored => changedText(stored, wanted === 'on' || wanted === 'off' ? wanted : 'share'));
    });

  flags
    .command('explain')
    .description('what a caller gets of a flag: which rule, which bucket, why')
    .argument('<flag>')
    .option('--context <json>', 'what the app sends, like {"targetingKey": "ada", "plan": "staff"}', '{}')
    .option('--variant <name>', 'where the rollout sends the caller, for flags that follow it')
    .option(...rollout)
    .action(async (key: string, options: OfRollout & { context: string; variant?: string }) => {
      const { connection, print, url } = session();
      // What compiles flags is loaded by whoever needs it alone.
      const { contextOf, explain } = await import('../explaining.ts');
      const context = contextOf(options.context);
      const answer = await call<FlagsView>(connection(), pathOf(options.rollout, '/flags'));
      if (answer.kind !== 'ok') {
        complain(answer, url);
        return;
      }
      const explanation = explain(answer.value, key, { context, variant: options.variant, now: Date.now() });
      if (explanation === undefined) {
        const lines = [`There is no flag "${key}" among those of ${answer.value.name}.`];
        complain({ kind: 'refused', status: 404, lines }, url);
      } else print(explanation, explanationText(explanation));
    });

  flags
    .command('apply')
    .description('puts a document of flags')
    .argument('<file>')
    .option('--if-match <revision>', 'only if the flags are still at that revision')
    .option(...rollout)
    .action(async (file: string, options: OfRollout & { ifMatch?: string }) => {
      const { ifMatch } = options;
      if (ifMatch !== undefined && !/^\d{1,15}$/.test(ifMatch))
        usage(`--if-match: expected a number, got "${ifMatch}"`);
      const { connection, finish } = session();
      const answer = await call<FlagsStored>(connection(), pathOf(options.rollout, '/flags'), {
        method: 'PUT',
        body: readDocument(file).text,
        ifMatch: ifMatch === undefined ? undefined : Number(ifMatch),
      });
      finish(answer, stored => changedText(stored, 'document'));
    });
}

function turnOf(wanted: string): object | undefined {
  if (wanted === 'on' || wanted === 'off') return { enabled: wanted === 'on' };
  return /^\d+(?:\.\d+)?$/.test(wanted) ? { share: Number(wanted) } : undefined;
}
