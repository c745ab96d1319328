/** `check` and `plan suggest`: what is wrong with a document, and what its plan can tell, before it starts. */
import type { Command } from 'commander';
import type { SessionOf } from '../session.ts';

export function addPlanning(program: Command, session: SessionOf): void {
  program
    .command('check <file>')
    .description(
      'every mistake of a document; what its plan can tell, if a Weir is there to ask for the traffic',
    )
    .option('--rollout <name>', 'the rollout', 'default')
    .action(async (file: string, { rollout }: { rollout: string }) => {
      const { check } = await import('../planning.ts');
      await check(file, rollout, session());
    });

  program
    .command('plan')
    .description('plans for the traffic there is')
    .command('suggest [rollout]')
    .description('steps that can finish at the traffic of the last 24 hours')
    .action(async (name: string | undefined) => {
      const { suggest } = await import('../planning.ts');
      await suggest(name, session());
    });
}
