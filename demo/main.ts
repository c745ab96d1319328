/**
 * `npm run demo`: starts demo origins, or changes the behaviour of those that already run.
 * Exit codes: 0 done, 1 the port belongs to another program, 2 bad arguments.
 */
import { Argument, Command } from 'commander';
import { durationUpTo, runCommand, share, wholeNumber } from './arguments.ts';
import { type BehaviourChange, describeBehaviour, MAX_DELAY_MS } from './behaviour.ts';
import { changeRunning } from './control.ts';
import { type Origin, startOrigin } from './origin.ts';

type Variant = 'stable' | 'canary';

interface Flags {
  readonly port?: number;
  readonly errorRate?: number;
  readonly delay?: number;
}

const DEFAULT_PORTS: Readonly<Record<Variant, number>> = { stable: 8801, canary: 8802 };

await runCommand(
  new Command('npm run demo --')
    .description('Start demo origins, or change how running ones behave')
    .addArgument(new Argument('<variant>', 'which origin').choices(['stable', 'canary', 'both']))
    .option('--port <number>', 'port; with "both", canary takes the next one', wholeNumber(0, 65_534))
    .option('--error-rate <share>', 'share of requests to fail, 0 to 1', share)
    .option('--delay <duration>', 'wait before each answer, such as 300ms', durationUpTo(MAX_DELAY_MS))
    .action(run),
);

async function run(which: Variant | 'both', flags: Flags): Promise<void> {
  const change: BehaviourChange = {
    ...(flags.errorRate !== undefined && { errorRate: flags.errorRate }),
    ...(flags.delay !== undefined && { delayMs: flags.delay }),
  };
  const started: Origin[] = [];
  const stop = (): void => {
    for (const origin of started) void origin.close();
  };
  const variants: Variant[] = which === 'both' ? ['stable', 'canary'] : [which];
  for (const variant of variants) {
    const port = portFor(variant, which, flags.port);
    const origin = await startOrChange(variant, port, change);
    if (origin === 'refused') {
      process.exitCode = 1;
      stop();
      return;
    }
    if (origin !== 'changed') started.push(origin);
  }
  if (started.length === 0) return;
  console.log('Ctrl-C stops.');
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

function portFor(variant: Variant, which: Variant | 'both', wanted: number | undefined): number {
  if (wanted === undefined) return DEFAULT_PORTS[variant];
  return which === 'both' && variant === 'canary' && wanted !== 0 ? wanted + 1 : wanted;
}

/** Tries to listen first: asking first who is there would leave a moment for someone else to come. */
async function startOrChange(
  variant: Variant,
  port: number,
  change: BehaviourChange,
): Promise<Origin | 'changed' | 'refused'> {
  try {
    const origin = await startOrigin({ variant, port, ...change });
    console.log(`${variant}: started on ${origin.url}; ${describeBehaviour(origin.behaviour)}`);
    return origin;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES') return refuse(`${variant}: port ${port} needs more rights; choose another --port`);
    if (code !== 'EADDRINUSE') throw error;
  }
  const takeover = await changeRunning(port, variant, change);
  switch (takeover.kind) {
    case 'changed':
      console.log(`${variant}: runs on port ${port} already; now ${describeBehaviour(takeover.behaviour)}`);
      return 'changed';
    case 'other-variant':
      return refuse(
        `${variant}: port ${port} belongs to the ${takeover.variant} origin; choose another --port`,
      );
    case 'foreign':
      return refuse(`${variant}: port ${port} belongs to another program; choose another --port`);
  }
}

function refuse(line: string): 'refused' {
  console.error(line);
  return 'refused';
}
