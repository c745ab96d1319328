/**
 * What all measurements share: the built Workers, one origin, and an HTTP server in KV's place that
 * holds Weir's configuration.
 */
import { buildSync } from 'esbuild'; // what wrangler, which builds Weir, bundles with
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWorker } from '../scripts/build.ts';
import { startRawWorkerd, type RawWorkerd } from '../scripts/raw-workerd.ts';
import { startSlowKv } from '../test/support/slow-kv.ts';
import { WEIGHT } from './rollouts.ts';
import { THREE } from './rules.ts';

export type WorkerName = 'bare' | 'weir' | 'hono' | 'ab' | 'rules' | 'empty';

export const VIEWER_TOKEN = 'viewer-token-of-the-benchmark';

export interface Stage {
  /** The bundle as it would be deployed. */
  readonly weirBundle: string;
  /** Settings of Weir's document beside its variants, where its canary is, and its flags, for what starts from now on. */
  configure(change: { readonly proxy?: object; readonly canaryUrl?: string; readonly flags?: string }): void;
  /** A fresh process with storage of its own; `variables` are Weir's. The caller stops it. */
  start(worker: WorkerName, variables?: Readonly<Record<string, string>>): Promise<RawWorkerd>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const running = new Set<RawWorkerd>();
  // Also when a signal ends the benchmark.
  process.once('exit', () => {
    for (const runtime of running) runtime.process.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  });
  const bundles = bundleAll(directory);

  const origin = fork(fileURLToPath(new URL('origin.ts', import.meta.url)));
  const [port] = (await once(origin, 'message')) as [number];
  const originUrl = `http://127.0.0.1:${port}`;

  const kv = await startSlowKv();
  const configure: Stage['configure'] = ({ proxy = {}, canaryUrl = originUrl, flags }) => {
    const variants = { stable: { origin: originUrl }, canary: { origin: canaryUrl, version: '1' } };
    kv.values.set('rollout:default', {
      value: JSON.stringify({ variants, proxy, ...THREE }),
      metadata: null,
    });
    if (flags === undefined) kv.values.delete('flags:default');
    else kv.values.set('flags:default', { value: flags, metadata: null });
  };
  configure({});
  kv.values.set('weight:default', { value: String(WEIGHT), metadata: null });

  let starts = 0;
  return {
    weirBundle: bundles.weir,
    configure,
    async start(worker, variables = {}) {
      const isConfiguredAsWeir = worker === 'weir' || worker === 'empty';
      const runtime = await startRawWorkerd({
        directory: join(directory, String(++starts)),
        bundle: bundles[worker],
        ...(isConfiguredAsWeir
          ? {
              kvAddress: kv.address,
              variables: { VIEWER_TOKEN, CLIENT_IP_HEADER: 'cf-connecting-ip', ...variables },
            }
          : { variables: { STABLE_ORIGIN: originUrl, CANARY_ORIGIN: originUrl } }),
      });
      running.add(runtime);
      runtime.process.once('exit', () => running.delete(runtime));
      return runtime;
    },
    async close() {
      origin.disconnect();
      await kv.close();
    },
  };
}

/** Copies and bundles go to a folder of this run's own: a build of someone else's must not get in. */
function bundleAll(directory: string): Readonly<Record<WorkerName, string>> {
  const weir = join(directory, 'weir.js');
  copyFileSync(buildWorker(), weir);
  const bundle = (entry: string, name: string): string => {
    const outfile = join(directory, `${name}.js`);
    buildSync({
      entryPoints: [entry],
      outfile,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2024',
      logLevel: 'warning',
    });
    return outfile;
  };
  const hono = bundle(worker('hono'), 'hono');
  const rules = bundle(fileURLToPath(new URL('rule-worker.ts', import.meta.url)), 'rules');
  return { weir, hono, rules, bare: worker('bare'), ab: worker('ab'), empty: worker('empty') };
}

function worker(name: WorkerName): string {
  return fileURLToPath(new URL(`workers/${name}.js`, import.meta.url));
}
