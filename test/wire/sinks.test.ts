/** What every sink promises, over real sockets: the hub, Analytics Engine (a stand-in's rows), an OTLP receiver. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStatus } from '../../src/core/rollout/status.ts';
import { inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startSinkStage, type Received, type SinkStage } from '../support/sinks.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir } from '../support/weir.ts';

const NAMES = ['hub', 'analytics-engine', 'otlp'] as const;
type Name = (typeof NAMES)[number];

/** By sink; each stage has the same. */
const FAILURES: readonly (readonly [Name, string])[] = [
  ['hub', 'throws'],
  ['hub', 'hangs'],
  ['analytics-engine', 'throws'],
  ['otlp', 'hangs'],
  ['otlp', 'closes the connection'],
  ['otlp', 'answers 503'],
];

let variants: Variants;
let stage: SinkStage;

beforeAll(async () => {
  variants = await startVariants();
  stage = await startSinkStage();
  // Who was answered by whom must be told by the answers alone.
  await stage.weir.putKv('rollout:default', variants.document({ proxy: { failover: false, breaker: null } }));
  await stage.weir.putKv('weight:default', '50');
  await eventually('the weight', async () => {
    await send(20);
    return sent.canary > 0;
  });
});
afterAll(async () => {
  await stage.close();
  await variants.close();
});

interface Sent {
  stable: number;
  canary: number;
  errors: number;
}

/** Everything that was sent. */
const sent: Sent = { stable: 0, canary: 0, errors: 0 };

/** Some new visitors; every third request is answered 500. Each must be answered as its origin would. */
async function send(count: number): Promise<void> {
  await inParallel(count, 5, async index => {
    const status = index % 3 === 2 ? 500 : 200;
    const answer = await new Visitor().visit(`${stage.weir.url}/?status=${status}`);
    expect(answer.status).toBe(status);
    sent[answer.text as 'stable' | 'canary']++;
    if (status === 500) sent.errors++;
  });
}

const ofBoth = async (name: Name): Promise<[Received, Received]> =>
  Promise.all([
    stage.sinks[name].received('default', 'stable'),
    stage.sinks[name].received('default', 'canary'),
  ]);

/** A sink that has more than was sent has counted twice. */
async function expectEverythingIn(name: Name): Promise<void> {
  let figures: Sent | undefined;
  // If it never has: what it has instead, below, tells more than that it took too long.
  await eventually(
    `${name} to have everything`,
    async () => {
      const [stable, canary] = await ofBoth(name);
      figures = { stable: stable.requests, canary: canary.requests, errors: stable.errors + canary.errors };
      return figures.stable + figures.canary >= sent.stable + sent.canary;
    },
    40_000,
  ).catch(() => undefined);
  expect({ [name]: figures }).toEqual({ [name]: sent });
}

async function troubleOf(name: Name): Promise<string | undefined> {
  const status = (await (await stage.weir.admin('/api/rollouts/default')).json()) as RolloutStatus;
  return status.sinks[name]?.trouble;
}

describe('every sink', () => {
  it('gets every outcome once, and the same latencies', async () => {
    await send(60);
    for (const name of NAMES) await expectEverythingIn(name);
    const [hub, ...others] = await Promise.all(NAMES.map(ofBoth));
    expect(others).toEqual([hub, hub]);
  });

  it.each(FAILURES)(
    '(%s) costs no visitor and no other sink anything while it %s, and has everything afterwards',
    async (name, how) => {
      const { fail, heal } = stage.sinks[name].failures[how]!;
      await fail();
      await send(20);
      for (const other of NAMES.filter(other => other !== name)) await expectEverythingIn(other);
      if (name !== 'hub')
        await eventually(
          'the status to say so',
          async () => {
            await send(1);
            return (await troubleOf(name)) !== undefined;
          },
          30_000,
        );
      await heal();
      await send(5);
      await expectEverythingIn(name);
    },
    60_000,
  );
});

describe('sinks that are set up wrongly', () => {
  it.each([
    ['hub,otlp', 'otlp', /OTLP_ENDPOINT is not set/],
    ['hub,graphite', 'graphite', /"graphite" is no sink; expected hub, analytics-engine or otlp/],
    ['analytics-engine', 'hub', /nothing is counted here/],
  ])('SINKS=%s: visitors are served, and the status says of %s what is wrong', async (SINKS, name, what) => {
    const weir = await startTestWeir({ variables: { SINKS } });
    try {
      await weir.putKv('rollout:default', variants.document());
      expect((await new Visitor().visit(weir.url)).status).toBe(200);
      const status = (await (await weir.admin('/api/rollouts/default')).json()) as RolloutStatus;
      expect(status.sinks[name]?.trouble).toMatch(what);
    } finally {
      await weir.stop();
    }
  });
});
