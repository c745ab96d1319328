/** Wire → {@link Plan}: defaults filled in, units converted, and what several keys say together checked. */
import { parseDuration } from '../rollout/duration.ts';
import { jsonPath, quote, type Problem } from '../rollout/problem.ts';
import { WHOLE } from '../rollout/weights.ts';
import { compileCriteria } from './compile-criteria.ts';
import { DAYS, type FreezeWindow } from './freeze.ts';
import type { Plan, Step } from './plan.ts';
import { isUrl, type WirePlan } from './plan-schema.ts';

export interface PlanSurroundings {
  /** Names of the document's variants beside stable. */
  readonly candidates: readonly string[];
  readonly goals: readonly string[];
  /** What is hashed; a goal counts visitors, and many share an address. */
  readonly stickyBy: 'cookie' | 'header' | 'ip';
  /** Checks the secret that a URL may stand for, and says what it must hold. */
  readonly reveal: (
    value: string,
    path: readonly PropertyKey[],
    isValid: (secret: string) => boolean,
    expected: string,
  ) => void;
}

/** @returns the plan; it is of no use if there are problems */
export function compilePlan(wire: WirePlan, around: PlanSurroundings, problems: Problem[]): Plan {
  const report = (path: readonly PropertyKey[], message: string): void => {
    problems.push({ path: jsonPath(['plan', ...path]), message });
  };
  if (!around.candidates.includes(wire.candidate))
    report(['candidate'], `no such variant beside stable; there is ${list(around.candidates)}`);
  const steps = wire.steps.map(({ weight, hold, approval = false }) => ({
    share: Math.round(weight * 1000),
    holdMs: parseDuration(hold),
    approval: approval === 'other' ? ('other' as const) : approval ? ('anyone' as const) : ('none' as const),
  }));
  const maxHoldMs = parseDuration(wire.maxHold);
  const holdback = Math.round(wire.holdback * 1000);
  checkSteps(steps, holdback, report);
  steps.forEach(({ holdMs }, position) => {
    if (holdMs >= maxHoldMs)
      report(
        ['steps', position, 'hold'],
        `expected less than maxHold, ${wire.maxHold}: it could never be left in time`,
      );
  });
  for (const [key, list] of [
    ['notify', wire.notify],
    ['gates', wire.gates],
  ] as const) {
    list.forEach(({ url }, position) =>
      around.reveal(url, ['plan', key, position, 'url'], isUrl, 'an http or https URL'),
    );
  }
  return {
    candidate: wire.candidate,
    steps,
    criteria: compileCriteria(wire.criteria, around, report),
    falseRollbackRate: wire.falseRollbackRate,
    falsePromotionRate: wire.falsePromotionRate,
    blastRadius: wire.blastRadius,
    minRequests: wire.minRequests,
    warmupMs: parseDuration(wire.warmup),
    holdback,
    reaction: wire.reaction,
    maxHoldMs,
    onMaxHold: wire.onMaxHold,
    maxBlindMs: parseDuration(wire.maxBlind),
    onBlind: wire.onBlind ?? 'auto',
    onSharedFailure: wire.onSharedFailure ?? 'auto',
    freeze: wire.freeze.map(windowOf),
    notify: wire.notify,
    gates: wire.gates,
  };
}

type Report = (path: readonly PropertyKey[], message: string) => void;

function checkSteps(steps: readonly Step[], holdback: number, report: Report): void {
  let before = 0;
  steps.forEach(({ share }, position) => {
    if (share <= before)
      report(
        ['steps', position, 'weight'],
        position === 0
          ? 'expected more than 0'
          : `expected more than the step before it, ${before / 1000}, got ${share / 1000}`,
      );
    before = share;
  });
  if (before !== WHOLE)
    report(['steps', steps.length - 1, 'weight'], `expected 100 at the last step, got ${before / 1000}`);
  const last = steps.at(-2)?.share ?? 0;
  if (before === WHOLE && last >= WHOLE - holdback && last < WHOLE)
    report(
      ['holdback'],
      `expected less than ${(WHOLE - last) / 1000}: the step of 100 would set no more than the step before it`,
    );
}

/** Names are written as people do, from Monday; they are counted from Sunday. */
function windowOf({ days, from, to, timezone }: WirePlan['freeze'][number]): FreezeWindow {
  const [first = '', last = first] = days.split('-');
  const dayOf = (name: string): number => DAYS.findIndex(day => day === name);
  return { firstDay: dayOf(first), lastDay: dayOf(last), from: minuteOf(from), to: minuteOf(to), timezone };
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(quote).join(', ');
}
