/** `examples/` as people run them, against a running Weir with the document that is there. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startFlagWeir, type FlagWeir } from '../support/flag-weir.ts';
import { SERVER_KEY } from '../support/ofrep-client.ts';

const FOLDER = new URL('../../examples/', import.meta.url);
const fileOf = (name: string): string => fileURLToPath(new URL(name, FOLDER));

describe('the examples', () => {
  let weir: FlagWeir;
  let origin: ChildProcess | undefined;
  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    WEIR_URL: weir.url,
    FLAG_KEY: SERVER_KEY,
    PORT: '0',
    FLAG_TIMEOUT: '30000',
  });

  beforeAll(async () => {
    weir = await startFlagWeir();
    const document = readFileSync(fileOf('flags.json'), 'utf8');
    await weir.putFlags(document, 'banner', 'Welcome');
  });
  afterAll(async () => {
    origin?.kill();
    await weir.stop();
  });

  it('by fetch: values by the rules, and the default of the app for a flag that is not there', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [fileOf('fetch/main.js'), 'user-1', 'pro'],
      {
        env: environment(),
      },
    );
    expect(stdout.split('\n')).toEqual([
      'new-checkout: true (TARGETING_MATCH)',
      'banner: "Welcome" (STATIC)',
      'page-size: 20 (STATIC)',
      'no-such-flag: "the default" (FLAG_NOT_FOUND)',
      '',
    ]);
  });

  it('by fetch: the defaults of the app where Weir is not reachable', async () => {
    const env = { ...environment(), WEIR_URL: 'http://127.0.0.1:1' };
    const { stdout } = await promisify(execFile)(process.execPath, [fileOf('fetch/main.js')], { env });
    expect(stdout).toMatch(/^new-checkout: false \(TypeError: fetch failed\)$/m);
  });

  it("on a server: the SDK agrees with Weir's header, and knows what only the app knows", async () => {
    origin = spawn(process.execPath, [fileOf('server-sdk/main.js')], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(origin.stdout!, 'data')) as [Buffer];
    const port = new URL(line.toString().trim()).port;
    const document = { variants: { stable: { origin: `http://127.0.0.1:${port}` } } };
    await weir.putKv('rollout:default', JSON.stringify(document));
    await eventually('the example behind Weir', async () => (await get(weir.url)).text.includes('checkout'));

    const pages = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const visitor = new Visitor();
      const { text } = await visitor.visit(weir.url);
      pages.add(text);
      expect((await visitor.visit(weir.url)).text).toBe(text);
      expect((await visitor.visit(weir.url, { 'x-plan': 'pro' })).text).toMatch(/^new checkout/);
    }
    expect([...pages].sort()).toEqual([
      'new checkout, 20 a page; header: new-checkout=on\n',
      'old checkout, 20 a page; header: new-checkout=off\n',
    ]);
  });
});
