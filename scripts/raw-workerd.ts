/**
 * The runtime itself, without Miniflare around it: byte-exact, as fast as it gets, and with any HTTP
 * server in KV's place. Benchmarks and the tests of a slow KV run on it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { compatibilityDate } from './local-weir.ts';

/** The package has no types: its default export is the path of the binary. */
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };

/** Short: it is also how exactly a start is timed. */
const POLL_MS = 2;

export interface RawWorkerdOptions {
  /** A folder of its own: configuration, bundle and Durable Object storage go there. */
  readonly directory: string;
  readonly bundle: string;
  /** `host:port` of an HTTP server that speaks KV's protocol. */
  readonly kvAddress?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly log?: boolean;
}

export interface RawWorkerd {
  readonly url: string;
  readonly process: ChildProcess;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export async function startRawWorkerd(options: RawWorkerdOptions): Promise<RawWorkerd> {
  const port = await freePort();
  mkdirSync(join(options.directory, 'objects'), { recursive: true });
  copyFileSync(options.bundle, join(options.directory, 'worker.js'));
  const config = join(options.directory, 'config.capnp');
  writeFileSync(config, configuration(options, port));
  const started = performance.now();
  const child = spawn(workerd, ['serve', config], {
    stdio: ['ignore', 'ignore', options.log === true ? 'inherit' : 'ignore'],
  });
  const url = `http://127.0.0.1:${port}`;
  await listening(port, child);
  const readyMs = performance.now() - started;
  return {
    url,
    process: child,
    readyMs,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function configuration(options: RawWorkerdOptions, port: number): string {
  const variables = Object.entries(options.variables ?? {}).map(
    ([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`,
  );
  const isWeir = options.kvAddress !== undefined;
  const bindings = [
    ...variables,
    ...(isWeir
      ? [
          '(name = "ROLLOUTS", kvNamespace = "kv")',
          '(name = "METRICS_HUB", durableObjectNamespace = "MetricsHub")',
          '(name = "ROLLOUT_CONTROLLER", durableObjectNamespace = "RolloutController")',
        ]
      : []),
  ];
  const objects = isWeir
    ? `durableObjectNamespaces = [
    (className = "MetricsHub", uniqueKey = "hub", enableSql = true),
    (className = "RolloutController", uniqueKey = "controller", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),`
    : '';
  const kv = isWeir
    ? `(name = "kv", external = (address = ${quoted(options.kvAddress ?? '')}, http = ())),`
    : '';
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .mainWorker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "objects", disk = (path = ${quoted(join(options.directory, 'objects'))}, writable = true)),
    ${kv}
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);

const mainWorker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${quoted(compatibilityDate())},
  ${objects}
  bindings = [${bindings.join(', ')}],
);
`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`workerd ended with exit code ${child.exitCode}`);
    try {
      // Any answer will do: it is up.
      await fetch(`http://127.0.0.1:${port}/__weir/health`, { method: 'HEAD', redirect: 'manual' });
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  }
  throw new Error('workerd did not start within 15 s');
}
