/** `weir flags …`, run as a program, against a running Weir whose apps ask over OFREP. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { cliSchema } from '../../cli/json-schema.ts';
import { Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { evaluate, FLAG_KEYS } from '../support/ofrep-client.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

const CLI = fileURLToPath(new URL('../../cli/weir.mjs', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'weir-flags-'));
const ON_OFF = { type: 'boolean', variants: { on: true, off: false }, off: 'off', default: 'off' };
const FLAGS = { checkout: { ...ON_OFF, rules: [{ name: 'some', serve: 'on', share: 100 }] }, dark: ON_OFF };

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  // Nobody reads KV again while these tests run: what changes an answer has come from the hub.
  weir = await startTestWeir({ variables: { FLAG_KEYS, CONFIG_REFRESH: '3600' } });
  await weir.putKv('rollout:default', variants.document());
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
  rmSync(directory, { recursive: true });
});

function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, WEIR_URL: weir.url, WEIR_TOKEN: ADMIN_TOKEN };
  return new Promise(resolve => {
    execFile(process.execPath, [CLI, 'flags', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** What an app gets, in an isolate that has visitors, too. */
async function answered(): Promise<unknown> {
  await new Visitor().visit(weir.url);
  return (await evaluate(weir.url, { flag: 'checkout', context: { targetingKey: 'ada' } })).json().value;
}

describe('weir flags', () => {
  it('apply puts a document, or says every mistake with its path', async () => {
    const file = join(directory, 'flags.json');
    writeFileSync(file, JSON.stringify({ checkout: { type: 'boolean' } }));
    const refused = await run('apply', file);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('$.checkout.variants') as string,
    ]);
    writeFileSync(file, JSON.stringify(FLAGS));
    expect(await run('apply', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('checkout: added; dark: added (revision 1)') as string,
    });
    await eventually('the flag', async () => (await answered()) === true);
  });

  it('explain has the generation that apps are told, and the default flags where a rollout has none', async () => {
    await weir.putKv('rollout:shop.example', variants.document());
    const [own, other, answer] = await Promise.all([
      run('--json', 'explain', 'checkout'),
      run('explain', 'dark', '--rollout', 'shop.example'),
      evaluate(weir.url, { flag: 'checkout', context: { targetingKey: 'ada' } }),
    ]);
    const { metadata } = JSON.parse(own.stdout) as { metadata: Record<string, unknown> };
    const told = answer.json()['metadata'] as Record<string, unknown>;
    expect(metadata['weir.generation']).toMatch(/^[0-9a-f]{16}$/);
    expect(metadata['weir.generation']).toBe(told['weir.generation']);
    expect(other.stdout).toMatch(/^dark: off = false\n.*\nshop\.example has no flags of its own/);
  });

  it('set off reaches an isolate with traffic, though it reads no KV', async () => {
    const { code, stdout } = await run('set', 'checkout', 'off');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^default: checkout: switched off .*2 s/) as string,
    ]);
    await eventually('off', async () => (await answered()) === false);
  });

  it('list shows what is so, and who did it', async () => {
    const [{ stdout }, dark] = await Promise.all([
      run('list'),
      run('explain', 'dark', '--context', '{"targetingKey":"ada"}'),
    ]);
    expect(dark.stdout).toMatch(/^dark: off = false\nSTATIC: no rule decided/);
    expect(stdout).toMatch(/^checkout +off +100 % on +boolean +servers +switched off by admin, \d+ s ago$/m);
    expect(stdout).toMatch(/^dark +on +- /m);
  });

  it('set on and set with a percentage turn what they say', async () => {
    expect((await run('set', 'checkout', 'on')).stdout).toContain('switched on');
    expect((await run('set', 'checkout', '99.999')).stdout).toMatch(
      /rules\[0\]\.share 100 → 99\.999 .*; 99\.999 % get on;/,
    );
  });

  it('explain says rule, bucket and why', async () => {
    expect((await run('explain', 'checkout', '--context', '{"targetingKey":"ada"}')).stdout).toMatch(
      /^checkout: on = true\nSPLIT: rule some drew bucket \d+ of 4294967296, at \d+\.\d{3} %\n {2}rule some: decides; .*, on is 0 to 99\.999 %\n$/,
    );
  });

  it.concurrent.each([[['list']], [['set', 'dark', 'off']], [['explain', 'dark']]])(
    '%j --json is as schema/cli.schema.json has it',
    async args => {
      const { stdout } = await run('--json', ...args);
      const schema = z.fromJSONSchema({ ...cliSchema(), $ref: '#/$defs/weir-flags' });
      expect(schema.safeParse(JSON.parse(stdout)).error?.issues ?? []).toEqual([]);
    },
  );

  it.concurrent.each([
    ['an unknown flag', ['explain', 'nope'], 1, 'There is no flag "nope"'],
    ['a context that is none', ['explain', 'dark', '--context', '[]'], 2, '--context: expected an object'],
    ['neither on, off nor a percentage', ['set', 'dark', 'of'], 2, 'expected on, off or a percentage'],
    ['a share above 100', ['set', 'dark', '101'], 2, 'percentage from 0 to 100'],
  ])('with %s says so and exits with its own code', async (_, args, code, message) => {
    const result = await run(...args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message) as string]);
  });
});
