/** `replay`: what a plan would have decided over recorded intervals. */
import type { Command } from 'commander';
import type { ReplayOptions } from '../replaying.ts';
import type { SessionOf } from '../session.ts';

export function addReplay(program: Command, session: SessionOf): void {
  program
    .command('replay [file]')
    .description('what a plan would have decided over recorded intervals, or over the last hour')
    .option('--document <file>', 'with the plan of this document (default: the one in force)')
    .option('--rollout <name>', 'the rollout', 'default')
    .action(async (file: string | undefined, options: ReplayOptions) => {
      const { replayFile } = await import('../replaying.ts');
      await replayFile(file, options, session());
    });
}
