import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { npmStart, type Started } from '../support/npm-start.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** As a team has it: whoever comes first may do least. */
const ADMIN_TOKENS = 'ci:operator:of-ci,ann:admin:token';

let stateDir: string;
let started: Started;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'weir-start-'));
  started = await npmStart({ STATE_DIR: stateDir, ADMIN_TOKEN: ADMIN_TOKENS });
  await eventually(
    'npm start is up',
    async () => (await get(`${started.url}/__weir/health`)).status === 200,
    40_000,
  );
});
afterAll(() => {
  started.kill();
  rmSync(stateDir, { recursive: true });
});

const variantOf = async (visitor: Visitor): Promise<unknown> =>
  (await visitor.visit(`${started.url}/api/whoami`)).headers['x-demo-variant'];

describe('npm start', () => {
  it('prints every URL, the admin token and the commands that change the weight', async () => {
    await eventually('the words', () => started.output().includes('Ctrl-C stops everything'));
    for (const words of [
      started.url,
      `${started.url}/__weir/\n`,
      '/__weir/metrics',
      '/__weir/api/rollouts',
      '  admin      token\n',
      'WEIR_TOKEN=token npx weir weight 25',
      'wrangler kv key put --binding ROLLOUTS weight:default 25 --persist-to',
      'npx weir override canary',
    ]) {
      expect(started.output()).toContain(words);
    }
  });

  it('splits between two demo origins at weight 10 on a first start', async () => {
    const seen = new Set<unknown>();
    for (let i = 0; i < 150; i++) seen.add(await variantOf(new Visitor()));
    expect(seen).toEqual(new Set(['stable', 'canary']));
    const status = (await (
      await fetch(`${started.url}/__weir/api/rollouts/default`, {
        headers: { authorization: 'Bearer token' },
      })
    ).json()) as { weight: { value: unknown } };
    expect(status.weight.value).toBe(10);
  });

  it('obeys wrangler kv key put within ten seconds', async () => {
    const visitor = new Visitor();
    const put = [
      'kv',
      'key',
      'put',
      '--binding',
      'ROLLOUTS',
      'weight:default',
      '100',
      '--persist-to',
      stateDir,
    ];
    const wrangler = fileURLToPath(new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url));
    await run(process.execPath, [wrangler, ...put], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
    await eventually(
      'the canary for everyone',
      async () => (await variantOf(visitor)) === 'canary' && (await variantOf(new Visitor())) === 'canary',
      10_000,
    );
  });

  it('says in one line that a port is in use, and exits with 1', async () => {
    const second = await npmStart({ STATE_DIR: stateDir, PORT: new URL(started.url).port });
    const [code] = (await once(second.process, 'exit')) as [number];
    expect(code).toBe(1);
    expect(second.output()).toMatch(
      /^weir: port \d+ on 127\.0\.0\.1 is in use; choose another: PORT=8788 npm start$/m,
    );
  });

  it('stops everything on Ctrl-C', async () => {
    const exit = once(started.process, 'exit');
    process.kill(-started.process.pid!, 'SIGINT');
    await exit;
    await eventually('nobody answers', async () => {
      return get(`${started.url}/__weir/health`).then(
        () => false,
        () => true,
      );
    });
  });
});
