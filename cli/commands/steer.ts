/** The verbs that move a rollout: each asks Weir and prints what it answers. */
import type { Command } from 'commander';
import type { DeliveryStatus } from '../../src/core/delivery/delivery-status.ts';
import { post } from '../client.ts';
import { printForecast } from '../prospect.ts';
import { isScaledUp, mayReturn } from '../scaled-up.ts';
import { EXIT, isTerminal, pathOf, usage, type SessionOf } from '../session.ts';
import { durationOf, timeOf } from '../times.ts';
import { waitFor } from '../wait.ts';

/** As the API answers every verb. */
export interface Moved {
  readonly name: string;
  readonly message: string;
  readonly changed: boolean;
  readonly delivery: DeliveryStatus;
}

const REASON = ['--reason <text>', 'for the audit log, at most 500 characters'] as const;

export function addSteering(program: Command, session: SessionOf): void {
  const run = async (name: string | undefined, verb: string, body: object): Promise<void> => {
    const { connection, finish } = session();
    finish(await post<Moved>(connection(), pathOf(name, `/${verb}`), body), ({ message }) => message);
  };

  program
    .command('start [rollout]')
    .description('begins the plan at step one')
    .option('--version <version>', "sets the candidate's version first")
    .option('--again', 'the same candidate that failed, once more')
    .option('--wait', 'until it is completed, rolled back or needs a person')
    .option('--timeout <duration>', 'with --wait: how long at most', '2h')
    .action(async (name: string | undefined, options: StartOptions) => {
      const { connection, finish, asJson } = session();
      const timeoutMs = durationOf('--timeout', options.timeout);
      const to = connection();
      if (!asJson) await printForecast(to, name);
      const { version, again } = options;
      const answer = await post<Moved>(to, pathOf(name, '/start'), { version, again });
      if (options.wait !== true || answer.kind !== 'ok') {
        finish(answer, ({ message }) => message);
        return;
      }
      console.error(answer.value.message);
      await waitFor(session(), name, timeoutMs, answer.value.delivery.run?.id ?? null);
    });

  program
    .command('wait [rollout]')
    .description('waits until it is completed (exit 0), rolled back (3) or needs a person (4)')
    .option('--timeout <duration>', 'how long at most, then exit 5', '2h')
    .action(async (name: string | undefined, { timeout }: { timeout: string }) => {
      await waitFor(session(), name, durationOf('--timeout', timeout));
    });

  program
    .command('pause [rollout]')
    .description('stops the hold clock and every advance; evidence and rollback go on')
    .option(...REASON)
    .action((name: string | undefined, { reason }: { reason?: string }) => run(name, 'pause', { reason }));

  program
    .command('resume [rollout]')
    .description('goes on with the same step')
    .action((name: string | undefined) => run(name, 'resume', {}));

  program
    .command('approve [rollout]')
    .description('lets the step that asks for approval begin')
    .action((name: string | undefined) => run(name, 'approve', {}));

  program
    .command('promote [rollout]')
    .description('skips to weight 100')
    .option('--force', 'with another verdict than pass; needs --reason')
    .option(...REASON)
    .action((name: string | undefined, options: { force?: true; reason?: string }) => {
      if (options.force === true && (options.reason ?? '').trim() === '')
        usage('--force needs a --reason: it goes into the audit log');
      return run(name, 'promote', options);
    });

  program
    .command('rollback [rollout]')
    .description('every weight and cap to 0, rules included; never refused')
    .option(...REASON)
    .option('--yes', 'after completion: asks nobody whether the old stable is still scaled up')
    .action(async (name: string | undefined, { reason, yes }: { reason?: string; yes?: true }) => {
      // Only where somebody can answer: a pipeline that rolls back means it.
      if (yes === true || !isTerminal() || (await mayReturn(session().connection(), name))) {
        await run(name, 'rollback', { reason });
        return;
      }
      console.error('weir: nothing was rolled back: scale the old stable up first, then weir rollback --yes');
      process.exitCode = EXIT.refused;
    });

  program
    .command('adopt [rollout]')
    .description("after completion: makes the canary's origin the stable one")
    .option('--undo', 'back to the stable before the last adopt, for 7 days')
    .option('--yes', 'with --undo: the old stable is still scaled up')
    .action(async (name: string | undefined, { undo, yes }: { undo?: true; yes?: true }) => {
      const confirmed = undo === true && (yes === true || (isTerminal() && (await isScaledUp())));
      await run(name, 'adopt', { undo, ...(confirmed ? { confirmed } : {}) });
    });

  program
    .command('freeze [rollout]')
    .description('no advance until then; a freeze never holds a rollback')
    .option('--all', 'every rollout that there is now')
    .option('--until <time>', 'like 2h, 2026-11-27T18:00 in your own zone, or with an offset')
    .option('--end', 'ends the freeze')
    .option(...REASON)
    .action(async (name: string | undefined, options: FreezeOptions) => {
      const { connection, finish } = session();
      const body = freezeBody(options);
      if (options.all !== true) return run(name, 'freeze', body);
      if (name !== undefined) usage('--all is for every rollout: name none');
      const answer = await post<FrozenAll>(connection(), '/freeze', body);
      finish(answer, ({ rollouts, failed }) => frozenText(rollouts, failed, options.end === true));
      if (answer.kind === 'ok' && answer.value.failed.length > 0) process.exitCode = 1;
    });
}

interface StartOptions {
  readonly version?: string;
  readonly again?: true;
  readonly wait?: true;
  readonly timeout: string;
}

interface FreezeOptions {
  readonly all?: true;
  readonly until?: string;
  readonly end?: true;
  readonly reason?: string;
}

interface FrozenAll {
  readonly rollouts: readonly string[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

function freezeBody({ until, end, reason }: FreezeOptions): object {
  if ((until === undefined) === (end !== true)) usage('expected either --until with a time, or --end');
  if (end === true) return { until: null, reason };
  return { until: timeOf('--until', until ?? '', Date.now()), reason };
}

function frozenText(rollouts: readonly string[], failed: FrozenAll['failed'], isEnd: boolean): string {
  return [
    `${isEnd ? 'No longer frozen' : 'Frozen'}: ${rollouts.join(', ') || 'none'}`,
    ...failed.map(({ name, reason }) => `! ${name}: ${reason}`),
  ].join('\n');
}
