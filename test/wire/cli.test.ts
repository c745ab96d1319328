import { execFile } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { cliSchema } from '../../cli/json-schema.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

const PLAN = {
  steps: [
    { weight: 10, hold: '1h' },
    { weight: 100, hold: '1h' },
  ],
};
const directory = mkdtempSync(join(tmpdir(), 'weir-cli-'));
const CLI = fileURLToPath(new URL('../../cli/weir.mjs', import.meta.url));

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir();
  await weir.putKv('rollout:default', variants.document());
  await weir.putKv('weight:default', '0');
  await new Visitor().visit(weir.url);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
  rmSync(directory, { recursive: true });
});

const environment = (change: Record<string, string> = {}) => ({
  ...process.env,
  WEIR_URL: weir.url,
  WEIR_TOKEN: ADMIN_TOKEN,
  ...change,
});

function run(
  args: readonly string[],
  change: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [CLI, ...args], { env: environment(change) }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('weir', () => {
  it('weight 100 moves the visitors of a running Weir', async () => {
    const { code, stdout } = await run(['weight', '100']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('weight 100 % is in KV') as string]);
    await eventually('canary', async () => (await new Visitor().visit(weir.url)).text === 'canary');
  });

  it('status shows weight, requests, errors and quantiles of each variant', async () => {
    await eventually('counts', async () => {
      const { stdout } = await run(['status']);
      expect(stdout).toMatch(/^default: canary 100 % \(idle, set by admin\)$/m);
      expect(stdout).toMatch(/^variant +weight +in force +req\/s +errors +p50 +p95 +p99 +requests +failed$/m);
      return /^canary +100 % +100 % +[\d.]+ +0\.00 % +\d+ ms +\d+ ms +\d+ ms +[1-9]\d* +0$/m.test(stdout);
    });
  });

  it('status --json is the status as the API has it', async () => {
    const { stdout } = await run(['--json', 'status', 'default']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'default', phase: 'idle' });
  });

  it('watch shows it again and again until it is told to stop', async () => {
    const child = spawn(process.execPath, [CLI, 'watch', '--interval', '0.2'], { env: environment() });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually('three looks', () => output.split('default: canary').length > 3);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect((await exit)[0]).toBe(0);
  });

  it('says what a document would change, takes it, and keeps who put it', async () => {
    const file = join(directory, 'rollout.json');
    writeFileSync(file, variants.document({ plan: PLAN, salt: 'spring' }));
    const checked = await run(['check', file]);
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('valid') as string]);
    const dry = await run(['apply', file, '--dry-run']);
    expect(dry.stdout).toContain('+ $.salt: "spring"');
    expect(dry.stdout).toContain('visitors are drawn anew');
    expect((await run(['diff', file])).stdout).toContain('+ $.plan');
    expect((await run(['apply', file, '--if-match', '999'])).stderr).toContain('412');
    expect((await run(['apply', file])).stdout).toContain('is in KV');
    expect((await run(['diff', file])).stdout).toBe('No difference.\n');
    const other = join(directory, 'other-steps.json');
    writeFileSync(other, variants.document({ plan: { steps: PLAN.steps.slice(1) }, salt: 'spring' }));
    const restart = 'The steps change: a rollout under way goes back to step one.';
    expect((await run(['diff', other])).stdout).toContain(restart);
    const { consequences } = JSON.parse((await run(['--json', 'diff', other])).stdout) as {
      consequences: string[];
    };
    expect(consequences).toContain(restart);
    expect((await run(['history'])).stdout).toMatch(/ admin +cli +/);
  });

  it('knows who has visited, before anything starts', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const response = await fetch(`${weir.url}/__weir/api/rollouts/default/plan`, { headers });
    const { traffic } = (await response.json()) as { traffic: { audience: object } };
    expect(traffic.audience).toMatchObject({ visitors: expect.any(Number) as number, isAll: true });
  });

  it('suggests no steps for a rollout that nobody visits', async () => {
    const file = join(directory, 'quiet.json');
    writeFileSync(file, variants.document({ plan: PLAN }));
    expect((await run(['apply', file, '--rollout', 'quiet'])).code).toBe(0);
    const { code, stdout, stderr } = await run(['plan', 'suggest', 'quiet']);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('no traffic') as string]);
  });

  it('starts, shows the ladder, rolls back, and gives a pipeline its exit code', async () => {
    await run(['weight', '0']);
    expect((await run(['start'])).stdout).toContain('Started canary');
    await eventually('the first step', async () =>
      (await run(['status', 'default'])).stdout.includes('[10 %]'),
    );
    expect((await run(['wait', '--timeout', '1s'])).code).toBe(5);
    expect((await run(['weight', '80'])).stderr).toContain('Conflict (409)');
    expect((await run(['pause', '--reason', 'lunch'])).code).toBe(0);
    expect((await run(['wait'])).code).toBe(4);
    expect((await run(['freeze', '--until', '2h', '--reason', 'holidays'])).code).toBe(0);
    expect((await run(['freeze', '--end'])).code).toBe(0);
    expect((await run(['rollback', '--reason', 'smoke'])).stdout).toContain('2 s');
    expect((await run(['wait'])).code).toBe(3);
    expect((await run(['events', '--limit', '5'])).stdout).toContain('smoke');
  });

  it.each([
    ['status', ['status']],
    ['history', ['history']],
    ['diff', ['diff', join(directory, 'rollout.json')]],
    ['rollback', ['rollback']],
    ['wait', ['wait']],
    ['plan', ['plan', 'suggest']],
  ])('%s --json is as schema/cli.schema.json has it', async (command, args) => {
    const { stdout } = await run(['--json', ...args]);
    const schema = z.fromJSONSchema({ ...cliSchema(), $ref: `#/$defs/weir-${command}` });
    expect(schema.safeParse(JSON.parse(stdout)).error?.issues ?? []).toEqual([]);
  });

  it('replays the plan over what was judged in the last hour', async () => {
    const { code, stdout } = await run(['replay']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Judged canary \([0-9a-f]{8}\)\.\nAfter \d+ intervals: /m) as string,
    ]);
  });

  it.each([
    ['no such file', ['check', 'nowhere.json'], {}, 2, 'cannot be read'],
    ['force without a reason', ['promote', '--force'], {}, 2, '--force needs a --reason'],
    ['a freeze without an end', ['freeze'], {}, 2, 'either --until with a time, or --end'],
    ['a weight that Weir refuses', ['weight', '101'], {}, 1, 'expected a number from 0 to 100, got 101'],
    ['weights for a variant that does not exist', ['weight', 'nope=5'], {}, 1, '$.nope: no such variant'],
    ['a rollout that does not exist', ['status', 'no.example'], {}, 1, 'There is no rollout "no.example"'],
    ['a wrong token', ['status'], { WEIR_TOKEN: 'nonsense' }, 1, 'Unauthorized (401)'],
    ['no token', ['status'], { WEIR_TOKEN: '' }, 2, 'WEIR_TOKEN is not set'],
    ['no number', ['weight', 'ten'], {}, 2, 'expected a number like 25'],
    ['no such command', ['wieght', '10'], {}, 2, "unknown command 'wieght'"],
    ['no command', [], {}, 2, 'Usage: weir'],
    [
      'a URL that is none',
      ['status'],
      { WEIR_URL: 'localhost' },
      2,
      'expected a URL like http://localhost:8787',
    ],
    ['nobody there', ['status'], { WEIR_URL: 'http://127.0.0.1:9' }, 6, 'cannot be reached'],
  ])('with %s says so and exits with its own code', async (_, args, change, code, message) => {
    const result = await run(args, change);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message) as string]);
  });
});
