/** What the figures are of, and what they were measured on. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

export interface Machine {
  /** The commit, and `-dirty` if something in it was changed. */
  readonly weir: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly workerd: string;
  readonly hono: string;
  readonly wrk: string;
  /** Of the last minute, before anything was measured: what else was running. */
  readonly loadBefore: number;
}

export function describeMachine(wrk: string): Machine {
  const [cpu] = cpus();
  return {
    weir: commit(),
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    workerd: versionOf('workerd'),
    hono: versionOf('hono'),
    wrk,
    loadBefore: loadavg()[0] ?? 0,
  };
}

function commit(): string {
  const run = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : 'unknown';
}

/** Read as a file: not every package lets its package.json be imported. */
function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
