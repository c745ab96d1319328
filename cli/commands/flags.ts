/** `weir flags`: what flags there are, a switch or a share turned, and why somebody gets what. */
import type { Command } from 'commander';
import type { FlagsView } from '../../src/core/flags/view.ts';
import { DEFAULT_ROLLOUT } from '../../src/core/rollout/control.ts';
import { call, type Answer, type Connection } from '../client.ts';
import { readDocument } from '../document-file.ts';
import { complain, pathOf, usage, type SessionOf } from '../session.ts';
import { explanationText } from '../text/explanation.ts';
import { changedText, flagsText, type FlagsStored } from '../text/flags.ts';

interface OfRollout {
  readonly rollout: string;
}

export function addFlags(program: Command, session: SessionOf): void {
  const flags = program.command('flags').description('feature flags: list, set, explain, apply');
  const rollout = ['--rollout <name>', 'whose flags', DEFAULT_ROLLOUT] as const;

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
      if (body === undefined)
        usage(`expected on, off or a percentage from 0 to 100 like 25 or 0.125, got "${wanted}"`);
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
      const answer = await inForce(connection(), options.rollout);
      if (answer.kind !== 'ok') {
        complain(answer, url);
        return;
      }
      const { rollout, variant } = options;
      const explanation = explain(answer.value, key, { rollout, context, variant, now: Date.now() });
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
    .option('--yes', 'also switches on what somebody has switched off meanwhile')
    .option(...rollout)
    .action(async (file: string, options: OfRollout & { ifMatch?: string; yes?: true }) => {
      const { ifMatch, yes } = options;
      if (ifMatch !== undefined && !/^\d{1,15}$/.test(ifMatch))
        usage(`--if-match: expected a number, got "${ifMatch}"`);
      const { connection, finish } = session();
      const answer = await call<FlagsStored>(
        connection(),
        pathOf(options.rollout, `/flags${yes === true ? '?confirmed=1' : ''}`),
        {
          method: 'PUT',
          body: readDocument(file).text,
          ifMatch: ifMatch === undefined ? undefined : Number(ifMatch),
        },
      );
      finish(answer, stored => changedText(stored, 'document'));
    });
}

/** The flags that hold for a rollout: where it has none of its own, the default ones. */
async function inForce(connection: Connection, rollout: string): Promise<Answer<FlagsView>> {
  const own = await call<FlagsView>(connection, pathOf(rollout, '/flags'));
  if (own.kind !== 'ok' || own.value.put !== null || rollout === DEFAULT_ROLLOUT) return own;
  return call<FlagsView>(connection, pathOf(DEFAULT_ROLLOUT, '/flags'));
}

function turnOf(wanted: string): object | undefined {
  if (wanted === 'on' || wanted === 'off') return { enabled: wanted === 'on' };
  const share = Number(wanted);
  return /^\d+(?:\.\d{1,3})?$/.test(wanted) && share <= 100 ? { share } : undefined;
}
