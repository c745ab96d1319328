/** `npm run check`: everything that can be known without running the product. Stops at nothing, fails at the end. */
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['dashboard', 'node', 'scripts/page.ts'],
  ['format', 'prettier', '--check', '.'],
  ['lint', 'eslint', '.', '--max-warnings', '0'],
  ['types: core', 'tsc', '-p', 'src/core/tsconfig.json'],
  ['types: worker', 'tsc', '-p', 'src/tsconfig.json'],
  ['types: dashboard', 'tsc', '-p', 'dashboard/tsconfig.json'],
  ['types: node', 'tsc', '-p', 'tsconfig.json'],
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
  ['bundle', 'wrangler', 'deploy', '--dry-run', '--outdir', 'dist'],
];

const failed: string[] = [];
for (const [name, command, ...args] of steps) {
  console.log(`\n── ${name}`);
  const run = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\ncheck: all well' : `\ncheck failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
