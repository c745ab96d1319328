/**
 * `npm start`: Weir on this machine, in front of two demo origins or of `STABLE_ORIGIN` and
 * `CANARY_ORIGIN`. Settings are environment variables (README).
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentialsOf, ROLES } from '../src/core/credentials.ts';
import { isOrigin } from '../src/core/rollout/schema.ts';
import { startOrigin, type Origin } from '../demo/origin.ts';
import { buildWorker } from './build.ts';
import { startLocalWeir } from './local-weir.ts';

const FIRST_WEIGHT = '10';
const DEMO_PORTS = { stable: 8801, canary: 8802 } as const;
const root = fileURLToPath(new URL('..', import.meta.url));
const wranglerState = resolve(root, '.wrangler/state');

async function main(): Promise<void> {
  const environment = process.env;
  const host = environment['HOST'] ?? '127.0.0.1';
  const port = portOf(environment['PORT'] ?? '8787');
  await expectFree(host, port);
  const stateDir = environment['STATE_DIR'] === undefined ? wranglerState : resolve(environment['STATE_DIR']);

  const origins: Origin[] = [];
  const originOf = async (variant: 'stable' | 'canary'): Promise<string> => {
    const given = environment[`${variant.toUpperCase()}_ORIGIN`];
    if (given !== undefined && given !== '') {
      if (!isOrigin(given))
        fail(`${variant.toUpperCase()}_ORIGIN must be an origin like http://localhost:3000, got "${given}"`);
      return given;
    }
    const origin = await startDemoOrigin(variant);
    origins.push(origin);
    return origin.url;
  };
  const stable = await originOf('stable');
  const canary = await originOf('canary');

  const adminToken = environment['ADMIN_TOKEN'] ?? randomBytes(16).toString('hex');
  const secret = secretOf(adminToken);
  const weir = await startLocalWeir({
    bundle: buildWorker(),
    host,
    port,
    stateDir,
    log: true,
    variables: {
      ...workerVariables(environment),
      STABLE_ORIGIN: stable,
      CANARY_ORIGIN: canary,
      ADMIN_TOKEN: adminToken,
      // Made anew with each start, like the token: links of an earlier one then end.
      OVERRIDE_SECRET: environment['OVERRIDE_SECRET'] ?? randomBytes(32).toString('hex'),
    },
  });
  const rollouts = await weir.miniflare.getKVNamespace('ROLLOUTS');
  if ((await rollouts.get('weight:default')) === null) await rollouts.put('weight:default', FIRST_WEIGHT);

  const url = `http://${host === '127.0.0.1' ? 'localhost' : host}:${port}`;
  // Where that is set, nothing of Weir's own answers on any other host.
  const adminHost = environment['ADMIN_HOST'] ?? '';
  const adminUrl = adminHost === '' ? url : `http://${adminHost}`;
  const persist =
    stateDir === wranglerState ? '' : ` --persist-to ${relative(process.cwd(), stateDir) || '.'}`;
  console.log(`
  Weir       ${url}
  stable     ${stable}
  canary     ${canary}
  dashboard  ${adminUrl}/__weir/
  metrics    ${adminUrl}/__weir/metrics
  API        ${adminUrl}/__weir/api/rollouts
  admin      ${secret}

  Change the weight:
    npx wrangler kv key put --binding ROLLOUTS weight:default 25${persist}
    WEIR_URL=${adminUrl} WEIR_TOKEN=${secret} npx weir weight 25
  Watch it:
    WEIR_URL=${adminUrl} WEIR_TOKEN=${secret} npx weir watch
  See the canary yourself, by a signed link:
    WEIR_URL=${adminUrl} WEIR_TOKEN=${secret} npx weir override canary

  Ctrl-C stops everything.
`);

  const stop = (): void => {
    void Promise.all([weir.stop(), ...origins.map(origin => origin.close())]).then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** The secret that a person can give as a token; of a list, that of the first who may do most. */
function secretOf(adminToken: string): string {
  const { credentials } = credentialsOf(adminToken, 'admin', ROLES);
  const found =
    credentials.find(({ role }) => role === 'admin') ?? credentials.find(({ role }) => role === 'operator');
  return (
    found?.secret ??
    fail(
      'ADMIN_TOKEN lets nobody change anything: expected one token, or a list name:role:secret,… with an admin or operator',
    )
  );
}

/** Variables of the Worker that a person may set on the command line. */
function workerVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = [
    'VIEWER_TOKEN',
    'NOTIFY_SECRET',
    'PUBLIC_URL',
    'KV_SETTLE',
    'ADMIN_HOST',
    'CONFIG_REFRESH',
    'FLAG_KEYS',
    'CLIENT_IP_HEADER',
    'SINKS',
    'OTLP_ENDPOINT',
    'OTLP_HEADERS',
  ];
  return Object.fromEntries(
    names.flatMap(name => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

async function startDemoOrigin(variant: 'stable' | 'canary'): Promise<Origin> {
  const port = (await isFree('127.0.0.1', DEMO_PORTS[variant])) ? DEMO_PORTS[variant] : 0;
  return startOrigin({ variant, port, version: variant === 'stable' ? '1.0' : '1.1' });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    fail(`PORT must be a number from 1 to 65535, got "${text}"`);
  return port;
}

async function expectFree(host: string, port: number): Promise<void> {
  if (!(await isFree(host, port)))
    fail(`port ${port} on ${host} is in use; choose another: PORT=8788 npm start`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise(settle => {
    const probe = createServer();
    probe.once('error', () => settle(false));
    probe.listen(port, host, () => probe.close(() => settle(true)));
  });
}

function fail(message: string): never {
  console.error(`weir: ${message}`);
  process.exit(1);
}

await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
