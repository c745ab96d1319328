/**
 * `npm run bench:switch-off`: how long after the answer to `PATCH …/flags/<flag>` a flag that was switched off
 * is off. The isolate reads KV once an hour, so the hub alone can have told it; and it hears of
 * nothing but the one who looks: apps that ask for all flags, or visitors whose origin is told in a header.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWorker } from '../../scripts/build.ts';
import { startLocalWeir, type LocalWeir } from '../../scripts/local-weir.ts';
import { startOrigin, type HttpOrigin } from '../../test/support/origin.ts';
import { evaluate, SERVER_KEY } from '../../test/support/ofrep-client.ts';
import { ask } from '../../test/support/raw-client.ts';
import { median } from '../figures.ts';
import { describeMachine } from '../machine.ts';

const SWITCH_OFFS = 20;
/** Between two looks: a busy isolate's requests, which always has a batch at the hub, and a quiet one's. */
const PACES = { busy: 10, quiet: 500 } as const;
const PATIENCE_MS = 60_000;
const ADMIN_TOKEN = 'admin-token-of-the-benchmark';
const FLAG = { type: 'boolean', variants: { on: true, off: false }, default: 'on', off: 'off', origin: true };
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0';

/** Who looks, and how they see whether the flag is on. */
interface Looker {
  readonly name: 'all flags over OFREP' | 'the header at the origin';
  readonly host: string;
  isOn(): Promise<boolean>;
}

type Pace = keyof typeof PACES;
type Sample = { readonly who: Looker['name']; readonly isolate: Pace; readonly ms: number };

async function main(): Promise<void> {
  const startedAt = new Date();
  const machine = describeMachine('not used');
  const origin = await startOrigin();
  const weir = await startLocalWeir({
    bundle: buildWorker(),
    variables: { ADMIN_TOKEN, FLAG_KEYS: `app:server:${SERVER_KEY}`, CONFIG_REFRESH: '3600' },
  });
  const samples: Sample[] = [];
  try {
    for (const isolate of ['busy', 'quiet'] as const)
      await Promise.all(
        // Each has a hub of its own.
        lookersAt(weir, origin, isolate).map(async looker => {
          const times = await measure(weir, origin, looker, PACES[isolate]);
          samples.push(...times.map(ms => ({ who: looker.name, isolate, ms })));
        }),
      );
  } finally {
    await weir.stop();
    await origin.close();
  }
  const nameOf = ({ who, isolate }: Sample): string => `${who}, ${isolate} isolate`;
  for (const name of new Set(samples.map(nameOf))) {
    const times = samples.filter(sample => nameOf(sample) === name).map(({ ms }) => ms);
    const [middle, worst] = [median(times), Math.max(...times)].map(ms => `${ms.toFixed(0)} ms`);
    console.log(`${name.padEnd(40)} median ${middle}, worst ${worst} of ${times.length}`);
  }
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}switch-off-${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`;
  const result = { startedAt: startedAt.toISOString(), machine, lookEveryMs: PACES, samples };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`written to ${relative(process.cwd(), file)}`);
}

async function measure(
  weir: LocalWeir,
  origin: HttpOrigin,
  looker: Looker,
  everyMs: number,
): Promise<number[]> {
  const { host } = looker;
  await change(weir, host, 'PUT', '', { variants: { stable: { origin: origin.url } } });
  await change(weir, host, 'PUT', '/flags', { flag: FLAG });
  const times: number[] = [];
  for (let round = 0; round < SWITCH_OFFS; round++) {
    await until(looker, true, everyMs);
    // The isolate flushes once a second: at any moment of that.
    const readyAt = performance.now() + Math.random() * 1000;
    while (performance.now() < readyAt) await look(looker, everyMs);
    times.push(await switchOff(weir, looker, everyMs));
    await change(weir, host, 'PATCH', '/flags/flag', { enabled: true });
  }
  return times;
}

function lookersAt({ url }: LocalWeir, origin: HttpOrigin, isolate: Pace): Looker[] {
  return [
    {
      name: 'all flags over OFREP',
      host: `${isolate}-apps.example`,
      async isOn() {
        const { flags } = (await evaluate(url, { headers: { host: this.host } })).json();
        return flags?.find(({ key }) => key === 'flag')?.variant === 'on';
      },
    },
    {
      name: 'the header at the origin',
      host: `${isolate}-pages.example`,
      async isOn() {
        origin.seen.length = 0;
        await ask(url, { host: this.host, headers: [['user-agent', BROWSER]] });
        return origin.only().header('x-weir-flags') === 'flag=on';
      },
    },
  ];
}

/** @returns milliseconds from the answer to the first look that finds it off; 0 if it was off by then */
async function switchOff(weir: LocalWeir, looker: Looker, everyMs: number): Promise<number> {
  let answeredAt: number | undefined;
  const answered = change(weir, looker.host, 'PATCH', '/flags/flag', { enabled: false }).then(() => {
    answeredAt = performance.now();
  });
  await until(looker, false, everyMs);
  const offAt = performance.now();
  await answered;
  return Math.max(offAt - (answeredAt ?? offAt), 0);
}

async function until(looker: Looker, isOn: boolean, everyMs: number): Promise<void> {
  const start = performance.now();
  while ((await look(looker, everyMs)) !== isOn)
    if (performance.now() - start > PATIENCE_MS)
      throw new Error(`${looker.name}: not ${isOn ? 'on' : 'off'} within ${PATIENCE_MS} ms`);
}

async function look(looker: Looker, everyMs: number): Promise<boolean> {
  await new Promise(resolve => setTimeout(resolve, everyMs));
  return looker.isOn();
}

async function change(
  { url }: LocalWeir,
  host: string,
  method: string,
  path: string,
  body: object,
): Promise<void> {
  const answer = await fetch(`${url}/__weir/api/rollouts/${host}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
