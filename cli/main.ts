/** `weir`: the operator's command line. */
import { Command, CommanderError } from 'commander';
import { addChanging } from './commands/change.ts';
import { addCompletion } from './commands/completion.ts';
import { addFlags } from './commands/flags.ts';
import { addLooking } from './commands/look.ts';
import { addPlanning } from './commands/plan.ts';
import { addReplay } from './commands/replay.ts';
import { addSteering } from './commands/steer.ts';
import { EXIT, sessionsOf } from './session.ts';

const program = new Command('weir')
  .description('Splits live HTTP traffic at the edge and measures what each version does to people')
  .option(
    '--url <url>',
    'where Weir answers (default: $WEIR_URL)',
    process.env['WEIR_URL'] ?? 'http://localhost:8787',
  )
  .option('--json', 'print JSON for scripts (schema/cli.schema.json)')
  .addHelpText(
    'after',
    `
The token is read from $WEIR_TOKEN.
Exit codes: 0 ok, 1 refused, 2 usage, 6 unreachable; of wait and start --wait
also 3 rolled back, 4 waits for a person, 5 timed out.`,
  )
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => {
      write(`weir: ${text.replace(/^error: /, '')}`);
    },
  });

const session = sessionsOf(program);
addLooking(program, session);
addChanging(program, session);
addSteering(program, session);
addPlanning(program, session);
addFlags(program, session);
addReplay(program, session);
addCompletion(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
