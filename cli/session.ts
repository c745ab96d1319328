/** What every command shares: where Weir is, how answers are printed, what the exit code says. */
import type { Command } from 'commander';
import { unreachable } from '../src/core/result.ts';
import type { Answer, Connection } from './client.ts';

/** The Contract's exit codes; 3 to 5 are of `wait` and `start --wait`. */
export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  rolledBack: 3,
  waitsForPerson: 4,
  timedOut: 5,
  unreachable: 6,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Session {
  readonly asJson: boolean;
  /** Where Weir answers, without a trailing slash. */
  readonly url: string;
  readonly connection: () => Connection;
  /** Prints an answer, or why there is none, and sets the exit code. */
  readonly finish: <T>(answer: Answer<T>, text: (value: T) => string) => void;
  /** Prints what is known without asking Weir. */
  readonly print: (value: unknown, text: string) => void;
}

/** Made by each command when it runs: options are only known then. */
export type SessionOf = () => Session;

export function sessionsOf(program: Command): SessionOf {
  return () => {
    const { url: given, json } = program.opts<{ url: string; json?: true }>();
    const asJson = json === true;
    const url = given.replace(/\/+$/, '');
    if (!URL.canParse(url) || !/^https?:/.test(url))
      usage(`expected a URL like http://localhost:8787, got "${given}"`);
    const print = (value: unknown, text: string): void => {
      const output = asJson ? JSON.stringify(value) : text;
      if (output !== '') console.log(output);
    };
    return {
      asJson,
      url,
      connection() {
        const token = process.env['WEIR_TOKEN'] ?? '';
        if (token === '') usage('WEIR_TOKEN is not set: it holds the viewer or admin token');
        return { url, token };
      },
      finish(answer, text) {
        if (answer.kind === 'ok') print(answer.value, text(answer.value));
        else complain(answer, url);
      },
      print,
    };
  };
}

/** Says why there is no answer, and sets the exit code. */
export function complain(answer: Exclude<Answer<never>, { kind: 'ok' }>, url: string): void {
  switch (answer.kind) {
    case 'refused':
      console.error(`weir: ${answer.lines.join('\n')}`);
      process.exitCode = EXIT.refused;
      break;
    case 'unreachable':
      console.error(`weir: ${url} cannot be reached: ${answer.reason}`);
      process.exitCode = EXIT.unreachable;
      break;
    default:
      unreachable(answer);
  }
}

export function usage(message: string): never {
  console.error(`weir: ${message}`);
  process.exit(EXIT.usage);
}

/** `/rollouts/<name>/<rest>` */
export function pathOf(name: string | undefined, rest = ''): string {
  return `/rollouts/${encodeURIComponent(name ?? 'default')}${rest}`;
}

export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}
