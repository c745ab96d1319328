/**
 * The built Worker on this machine: Miniflare with a direct socket, which unlike its entry socket
 * passes bytes through as they are. `npm start` and the wire tests run the same thing.
 */
import { Log, LogLevel, Miniflare } from 'miniflare';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface LocalWeirOptions {
  /** Path of the bundle that `buildWorker` made. */
  readonly bundle: string;
  readonly host?: string;
  /** 0 is any free port. */
  readonly port?: number;
  /** Where KV and Durable Objects keep their data, as wrangler lays it out; undefined keeps it in memory. */
  readonly stateDir?: string;
  /** Variables and secrets of the Worker. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Stands in for Analytics Engine, which here takes rows and forgets them: a module whose default
   * export makes the binding from `env.TARGET`.
   */
  readonly analyticsEngine?: { readonly script: string; readonly target: string };
  /** Workers beside Weir, for tests. */
  readonly companions?: readonly Companion[];
  /** Classes of a companion that stand in for hub and controller, for tests of ones that fail. */
  readonly metricsHub?: { readonly className: string; readonly scriptName: string };
  readonly rolloutController?: { readonly className: string; readonly scriptName: string };
  readonly log?: boolean;
}

/** A module Worker that may call Weir's Durable Objects. */
export interface Companion {
  readonly name: string;
  readonly script: string;
  readonly durableObjects: Record<string, { className: string; scriptName: string; useSQLite: true }>;
  readonly kvNamespaces?: Record<string, string>;
  /** Its variables and secrets. */
  readonly bindings?: Record<string, string>;
}

export interface LocalWeir {
  readonly url: string;
  readonly miniflare: Miniflare;
  stop(): Promise<void>;
}

/** The name that wrangler gives the Worker, and so its Durable Objects' storage. */
export const WORKER = 'weir';

const DATASET = 'analytics-engine';

const configuration = readFileSync(fileURLToPath(new URL('../wrangler.toml', import.meta.url)), 'utf8');

/** The one place that says it is wrangler.toml. */
export function compatibilityDate(): string {
  const date = /^compatibility_date = "(\d{4}-\d{2}-\d{2})"$/m.exec(configuration)?.[1];
  if (date === undefined) throw new Error('wrangler.toml has no compatibility_date');
  return date;
}

function discard(stdout: Readable, stderr: Readable): void {
  stdout.resume();
  stderr.resume();
}

export async function startLocalWeir(options: LocalWeirOptions): Promise<LocalWeir> {
  const host = options.host ?? '127.0.0.1';
  const persist = options.stateDir === undefined ? false : join(options.stateDir, 'v3');
  const miniflare = new Miniflare({
    log: new Log(options.log === true ? LogLevel.WARN : LogLevel.NONE),
    ...(options.log === true ? {} : { handleRuntimeStdio: discard }),
    cf: false,
    kvPersist: persist === false ? false : join(persist, 'kv'),
    durableObjectsPersist: persist === false ? false : join(persist, 'do'),
    workers: [
      {
        name: WORKER,
        modulesRoot: dirname(options.bundle),
        modules: [{ type: 'ESModule', path: options.bundle }],
        compatibilityDate: compatibilityDate(),
        kvNamespaces: { ROLLOUTS: 'ROLLOUTS' },
        durableObjects: {
          METRICS_HUB: { className: 'MetricsHub', ...options.metricsHub, useSQLite: true },
          ROLLOUT_CONTROLLER: {
            className: 'RolloutController',
            ...options.rolloutController,
            useSQLite: true,
          },
        },
        ...(options.analyticsEngine === undefined
          ? { analyticsEngineDatasets: { ANALYTICS_ENGINE: { dataset: 'weir' } } }
          : { wrappedBindings: { ANALYTICS_ENGINE: DATASET } }),
        // KV on one machine shows a value at once.
        bindings: {
          CLIENT_IP_HEADER: 'cf-connecting-ip',
          CONFIG_REFRESH: '5',
          KV_SETTLE: '0',
          ...options.variables,
        },
        unsafeDirectSockets: [{ host, port: options.port ?? 0, proxy: false }],
      },
      ...(options.analyticsEngine === undefined
        ? []
        : [
            {
              name: DATASET,
              modules: true as const,
              script: options.analyticsEngine.script,
              bindings: { TARGET: options.analyticsEngine.target },
            },
          ]),
      ...(options.companions ?? []).map(companion => ({
        ...companion,
        modules: true as const,
        compatibilityDate: compatibilityDate(),
        unsafeDirectSockets: [{ host, port: 0, proxy: false }],
      })),
    ],
  });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL(WORKER);
  return { url: url.origin, miniflare, stop: () => miniflare.dispose() };
}
