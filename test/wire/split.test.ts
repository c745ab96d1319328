import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { startTestWeir, type TestWeir } from '../support/weir.ts';

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir({
    variables: { STABLE_ORIGIN: variants.stable.url, CANARY_ORIGIN: variants.canary.url },
  });
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

/** Sets the weight by hand, as ops do, and waits until the isolate obeys. */
async function setWeight(weight: string): Promise<void> {
  await weir.putKv('weight:default', weight);
  await eventually(`weight ${weight} in force`, async () => {
    const status = (await (await weir.admin('/api/rollouts/default')).json()) as {
      variants: Record<string, { weightInForce: number | null }>;
    };
    if (status.variants['canary']?.weightInForce === Number(weight)) return true;
    await new Visitor().visit(weir.url);
    return false;
  });
}

async function variantsOfVisits(visitors: readonly Visitor[]): Promise<string[]> {
  return inParallel(visitors.length, 50, async index => (await visitors[index]!.visit(weir.url)).text);
}

const newVisitors = (count: number): Visitor[] => Array.from({ length: count }, () => new Visitor());

describe('over the wire', () => {
  it('no visitor of 1,000 reaches the canary at weight 0', async () => {
    await setWeight('0');
    expect(new Set(await variantsOfVisits(newVisitors(1000)))).toEqual(new Set(['stable']));
  });

  it('all of 1,000 visitors reach the canary at weight 100', async () => {
    await setWeight('100');
    expect(new Set(await variantsOfVisits(newVisitors(1000)))).toEqual(new Set(['canary']));
  });

  it('10 % ± 1 of 10,000 new visitors reach the canary at weight 10', async () => {
    await setWeight('10');
    const canary = (await variantsOfVisits(newVisitors(10_000))).filter(
      variant => variant === 'canary',
    ).length;
    expect(Math.abs(canary / 10_000 - 0.1)).toBeLessThanOrEqual(0.01);
  }, 60_000);

  it('a weight that goes 1 → 5 → 25 → 50 → 100 → 25 → 0 moves only the visitors it must', async () => {
    const visitors = newVisitors(300);
    await setWeight('1');
    let before = await variantsOfVisits(visitors);
    for (const [from, to] of [
      [1, 5],
      [5, 25],
      [25, 50],
      [50, 100],
      [100, 25],
      [25, 0],
    ] as const) {
      // Nobody flips between two clicks.
      expect(await variantsOfVisits(visitors)).toEqual(before);
      await setWeight(String(to));
      const after = await variantsOfVisits(visitors);
      for (const [index, variant] of after.entries()) {
        if (variant !== before[index])
          expect([from, to, variant]).toEqual([from, to, to > from ? 'canary' : 'stable']);
      }
      if (to === 0) expect(new Set(after)).toEqual(new Set(['stable']));
      before = after;
    }
  }, 60_000);

  it.each(['ten', '-1', '101', '{}', ''])(
    'the weight %j leaves the last good one in force and shows in status and metrics',
    async bad => {
      await setWeight('100');
      const errorsBefore = await configErrors();
      await weir.putKv('weight:default', bad);
      await eventually('the problem in metrics', async () => {
        expect((await new Visitor().visit(weir.url)).text).toBe('canary');
        return (await configErrors()) > errorsBefore;
      });
      const status = (await (await weir.admin('/api/rollouts/default')).json()) as {
        problems: { key: string; path: string; message: string }[];
      };
      expect(status.problems).toEqual([
        { key: 'weight:default', path: '$', message: expect.stringMatching(/expected/) as string },
      ]);
    },
  );

  async function configErrors(): Promise<number> {
    const text = await (await weir.admin('/metrics')).text();
    return Number(/^weir_config_errors_total\{rollout="default"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  }
});
