/** Bundles the Worker exactly as a deployment would. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns the path of the bundle @throws with wrangler's own words if it doesn't build */
export function buildWorker(): string {
  const wrangler = fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url));
  const run = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', 'dist'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_UPDATE_NOTIFIER: '1' },
  });
  if (run.status !== 0) throw new Error(`the Worker does not build:\n${run.stdout}\n${run.stderr}`);
  return fileURLToPath(new URL('../dist/index.js', import.meta.url));
}

if (import.meta.main) console.log(buildWorker());
