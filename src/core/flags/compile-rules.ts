/**
 * A flag's rules. Rules without a name share the flag's salt, so that one more of them moves nobody; one
 * with a name draws by itself. Two draws of one salt after another would not be independent (of those the
 * first left over, the second would always pick the same), so that is an error.
 */
import type { Compilation } from '../rollout/conditions/compilation.ts';
import { compileCondition } from '../rollout/conditions/condition.ts';
import { parseTimestamp } from '../rollout/conditions/timestamp.ts';
import { murmur3 } from '../rollout/hash.ts';
import { jsonPath, quote } from '../rollout/problem.ts';
import { WHOLE } from '../rollout/weights.ts';
import { DRAW_NS } from './flag-facts.ts';
import type { FlagRule, FlagVariant, Step } from './flag.ts';
import { layOut, type Draw } from './layout.ts';
import type { FlagWire, RuleWire } from './schema.ts';
import { noSuchVariant } from './values.ts';

/** The flag that the rules are of. */
interface Around {
  readonly variants: readonly FlagVariant[];
  /** `off` and `default`, those that there are. */
  readonly rest: readonly FlagVariant[];
  /** Whether something is asked before the rules. */
  readonly hasGates: boolean;
}

type Report = (path: readonly PropertyKey[], message: string) => void;

/** Thousandths of a percent. */
const shareOf = (percent: number): number => Math.round(percent * 1000);

export function compileFlagRules(
  key: string,
  wire: FlagWire,
  around: Around,
  compilation: Compilation,
): FlagRule[] {
  const salt = wire.salt ?? `flag:${key}`;
  const names = wire.rules.map(({ name }, position) => name ?? `rule-${position + 1}`);
  const rules = wire.rules.map((rule, position): FlagRule | undefined => {
    const path = [key, 'rules', position];
    const report: Report = (at, message) => {
      compilation.problems.push({ path: jsonPath([...path, ...at]), message });
    };
    const name = names[position]!;
    if (names.indexOf(name) !== position) report(['name'], `another rule is called ${quote(name)}`);
    const holds = rule.if === undefined ? null : compileCondition(rule.if, [...path, 'if'], compilation);
    const weights = weightsOf(rule, around.variants, report);
    const schedule = scheduleOf(rule, report);
    if (weights === undefined || schedule === undefined) return undefined;
    const drawOf = (share: number) => layOut(around.variants, weights, around.rest, share);
    const draw = drawOf(schedule === null ? shareOf(rule.share ?? 100) : 0);
    return {
      name,
      holds,
      draw,
      schedule: schedule?.map(({ at, share }): Step => ({ at, draw: drawOf(share) })) ?? null,
      weights,
      seed: murmur3(rule.name === undefined ? salt : `${salt}/rule/${rule.name}`),
      by: rule.by ?? wire.by,
      isStatic:
        position === 0 && !around.hasGates && holds === null && schedule === null && draw.kind === 'everyone',
    };
  });
  for (const rule of rules) if (rule !== undefined && isDrawn(rule)) compilation.spend(DRAW_NS);
  reportRepeatedDraws(key, rules, compilation);
  return rules.filter(rule => rule !== undefined);
}

/** @returns thousandths of a percent by variant index */
function weightsOf(
  { serve, weights }: RuleWire,
  variants: readonly FlagVariant[],
  report: Report,
): number[] | undefined {
  if ((serve === undefined) === (weights === undefined)) {
    report([], 'expected either "serve" or "weights"');
    return undefined;
  }
  const shares = new Array<number>(variants.length).fill(0);
  const given = weights ?? { [serve!]: 100 };
  for (const [name, percent] of Object.entries(given)) {
    const position = variants.findIndex(variant => variant.name === name);
    if (position < 0)
      report(weights === undefined ? ['serve'] : ['weights', name], noSuchVariant(name, variants));
    else shares[position] = shareOf(percent);
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total > WHOLE) report(['weights'], `the weights add up to ${total / 1000}, more than 100`);
  return total > WHOLE ? undefined : shares;
}

/** @returns the share from each moment on; null if it has always the same, undefined if it can't be said */
function scheduleOf(
  { share, schedule }: RuleWire,
  report: Report,
): { readonly at: number; readonly share: number }[] | null | undefined {
  if (schedule === undefined) return null;
  if (share !== undefined) {
    report(['share'], 'expected either "share" or "schedule"');
    return undefined;
  }
  const steps = schedule.map(({ at, share }) => ({ at: parseTimestamp(at) ?? NaN, share: shareOf(share) }));
  const late = steps.findIndex(({ at }, position) => position > 0 && at <= steps[position - 1]!.at);
  if (late > 0) report(['schedule', late, 'at'], 'expected a later time than that of the step before');
  return steps;
}

function reportRepeatedDraws(
  key: string,
  rules: readonly (FlagRule | undefined)[],
  { problems }: Compilation,
): void {
  rules.forEach((rule, position) => {
    if (rule === undefined || !isDrawn(rule)) return;
    const before = rules
      .slice(0, position)
      .find(other => other?.seed === rule.seed && other.by === rule.by && leavesOver(other));
    if (before === undefined) return;
    const message =
      `whom ${quote(before.name)} leaves over would be drawn again with the same salt: give one of the two ` +
      'a name of its own, or let the weights of the first add up to 100';
    problems.push({ path: jsonPath([key, 'rules', position, 'name']), message });
  });
}

function drawsOf({ draw, schedule }: FlagRule): Draw[] {
  return [draw, ...(schedule ?? []).map(step => step.draw)];
}

function isDrawn(rule: FlagRule): boolean {
  return drawsOf(rule).some(({ kind }) => kind === 'ranges');
}

/** Some of its units, by their bucket. */
function leavesOver(rule: FlagRule): boolean {
  return drawsOf(rule).some(draw => {
    if (draw.kind !== 'ranges') return false;
    return draw.ranges.reduce((sum, { from, to }) => sum + to - from, 0) < 2 ** 32;
  });
}
