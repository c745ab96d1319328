/** `weir`: the operator's command line. */
import { Command, CommanderError } from 'commander';
import type { RolloutStatus } from '../src/core/rollout/status.ts';
import { call, type Answer, type Connection } from './client.ts';
import {
  endingLink,
  endingText,
  overrideText,
  requestBody,
  type Override,
  type OverrideOptions,
} from './override.ts';
import { statusText } from './table.ts';
import { watch } from './watch.ts';
import { parseWeightArguments } from './weight-argument.ts';

/** The Contract's exit codes. */
const EXIT = { ok: 0, refused: 1, usage: 2, unreachable: 6 } as const;

interface GlobalOptions {
  readonly url: string;
  readonly json?: true;
}

const program = new Command('weir')
  .description('Splits live HTTP traffic at the edge and measures what each version does to people')
  .option(
    '--url <url>',
    'where Weir answers (default: $WEIR_URL)',
    process.env['WEIR_URL'] ?? 'http://localhost:8787',
  )
  .option('--json', 'print JSON for scripts')
  .addHelpText(
    'after',
    '\nThe token is read from $WEIR_TOKEN.\nExit codes: 0 ok, 1 refused, 2 usage, 6 unreachable.',
  )
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => {
      write(`weir: ${text.replace(/^error: /, '')}`);
    },
  });

program
  .command('status [rollout]')
  .description('weights and figures of one rollout, or of all')
  .action(async (name: string | undefined) => {
    if (name === undefined) {
      const answer = await call<{ rollouts: RolloutStatus[] }>(connection(), '/rollouts');
      finish(
        answer,
        ({ rollouts }) =>
          rollouts.map(status => statusText(status, Date.now())).join('\n\n') ||
          'No rollouts yet: nothing has been configured or proxied.',
      );
    } else {
      finish(await call<RolloutStatus>(connection(), `/rollouts/${encodeURIComponent(name)}`), status =>
        statusText(status, Date.now()),
      );
    }
  });

program
  .command('watch [rollout]')
  .description('the same, live')
  .option('--interval <seconds>', 'seconds between two looks', '1')
  .action(async (name: string | undefined, options: { interval: string }) => {
    const seconds = Number(options.interval);
    if (!(seconds >= 0.2 && seconds <= 3600))
      usage(`--interval: expected seconds from 0.2 to 3600, got "${options.interval}"`);
    const to = connection();
    const refusal = await watch(
      () => call<RolloutStatus>(to, `/rollouts/${encodeURIComponent(name ?? 'default')}`),
      seconds * 1000,
      settings().json === true,
    );
    if (refusal !== undefined) finish(refusal, () => '');
  });

program
  .command('weight <weight...>')
  .description('sets the weight: a percentage for the canary, or canary=10 canary-b=5')
  .option('--rollout <name>', 'the rollout', 'default')
  .action(async (args: string[], { rollout }: { rollout: string }) => {
    const value = parseWeightArguments(args);
    if (value === undefined)
      usage(`expected a number like 25 or weights like canary=10 canary-b=5, got "${args.join(' ')}"`);
    const answer = await call<{ revision: number; written: boolean }>(
      connection(),
      `/rollouts/${encodeURIComponent(rollout)}/weight`,
      {
        method: 'PUT',
        body: JSON.stringify(value),
      },
    );
    finish(answer, ({ revision, written }) => {
      const weight =
        typeof value === 'number'
          ? `${value} %`
          : `${Object.entries(value)
              .map(([name, share]) => `${name} ${share} %`)
              .join(', ')} (any other candidate 0 %)`;
      return written
        ? `${rollout}: weight ${weight} is in KV (revision ${revision}); isolates follow as they read it.`
        : `${rollout}: weight ${weight} is accepted (revision ${revision}), but KV refuses the write just now; it is retried until it takes it.`;
    });
  });

program
  .command('override <variant>')
  .description('a signed link that shows one variant to whoever opens it; "off" for the link that ends it')
  .option('--ttl <duration>', 'how long it works, 1m to 30d (default: 1h)')
  .option('--path <path>', 'the page that it opens', '/')
  .option('--host <host>', "the site's host, with its port")
  .option('--rollout <name>', 'the rollout', 'default')
  .action(async (variant: string, options: OverrideOptions) => {
    if (variant === 'off') {
      const link = endingLink(baseUrl(), options);
      if (!link.ok) usage(link.error);
      finish({ kind: 'ok', value: link.value }, endingText);
      return;
    }
    const answer = await call<Override>(
      connection(),
      `/rollouts/${encodeURIComponent(options.rollout)}/overrides`,
      { method: 'POST', body: requestBody(variant, options) },
    );
    finish(answer, overrideText);
  });

function settings(): GlobalOptions {
  return program.opts<GlobalOptions>();
}

function connection(): Connection {
  const token = process.env['WEIR_TOKEN'] ?? '';
  if (token === '') usage('WEIR_TOKEN is not set: it holds the viewer or admin token');
  return { url: baseUrl(), token };
}

function baseUrl(): string {
  const url = settings().url.replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url))
    usage(`expected a URL like http://localhost:8787, got "${url}"`);
  return url;
}

function usage(message: string): never {
  console.error(`weir: ${message}`);
  process.exit(EXIT.usage);
}

function finish<T>(answer: Answer<T>, text: (value: T) => string): void {
  switch (answer.kind) {
    case 'ok': {
      const output = settings().json === true ? JSON.stringify(answer.value) : text(answer.value);
      if (output !== '') console.log(output);
      break;
    }
    case 'refused':
      console.error(`weir: ${answer.lines.join('\n')}`);
      process.exitCode = EXIT.refused;
      break;
    case 'unreachable':
      console.error(`weir: ${settings().url} cannot be reached: ${answer.reason}`);
      process.exitCode = EXIT.unreachable;
      break;
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
