/** What tests of rollouts that move little see of them: looks, visits, and what receivers were told. */
import { eventually } from './eventually.ts';
import type { Receiver } from './receiver.ts';
import type { Regulars } from './regulars.ts';
import type { Rollout } from './rollouts.ts';

/** Stays at its first step, at a weight at which few visitors show a lot. */
export const STAYS = {
  steps: [
    { weight: 20, hold: '1h' },
    { weight: 100, hold: '1h' },
  ],
};
export const RPS = 20;
export const FREEZE = { until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'to look' };

export interface Told {
  readonly event: string;
  readonly text: string;
  readonly step: number;
  readonly verdict: { readonly kind: string; readonly criterion: string } | null;
  readonly evidence: readonly Record<string, unknown>[];
}

export const told = ({ deliveries }: Receiver): Told[] =>
  deliveries.map(({ body }) => JSON.parse(body) as Told);
export const events = (from: Receiver): string[] => told(from).map(({ event }) => event);

/** Who served the last visits, all of which began after this was called. */
export function servedNext({ visits }: Regulars, count: number): Promise<string[]> {
  const from = visits.length + RPS;
  return eventually(
    `${count} visits more`,
    () => visits.length >= from + count && visits.slice(from).map(({ servedBy }) => servedBy),
    20_000,
  );
}

export const meets = ({ visits }: Regulars, name: string, from = visits.length): Promise<boolean> =>
  eventually(`a visitor of ${name}`, () => visits.slice(from).some(({ servedBy }) => servedBy === name));

/** At step one, with visitors of both variants. */
export async function underWay(rollout: Rollout): Promise<Regulars> {
  const regulars = rollout.visitors(RPS);
  await rollout.verb('start');
  await rollout.until('step one', ({ run }) => run?.step === 0);
  await meets(regulars, 'canary');
  return regulars;
}

/** What is seen at each of the next looks. */
export async function looks(rollout: Rollout, count: number) {
  const seen = new Map<string, Awaited<ReturnType<Rollout['delivery']>>>();
  await rollout.until(`${count} looks`, status => {
    seen.set(status.lastTick ?? '', status);
    return seen.size > count;
  });
  return [...seen.values()].slice(1);
}
