/** The plan's criteria, each with its defaults: what the judge is told (judging.md, section 2). */
import { criterionName, type CountMetric, type Criterion } from '../analysis/settings.ts';
import { parseDuration } from '../rollout/duration.ts';
import { quote } from '../rollout/problem.ts';
import type { PlanSurroundings } from './compile-plan.ts';
import type { WirePlan } from './plan-schema.ts';

type WireCriterion = NonNullable<WirePlan['criteria']>[number];
type Report = (path: readonly PropertyKey[], message: string) => void;

const DEFAULTS: readonly WireCriterion[] = [
  { metric: 'errors', tolerance: {} },
  { metric: 'latency', tolerance: {} },
  { metric: '4xx', tolerance: {} },
  { metric: 'errors', limit: 0.5 },
];

/** Of the canary's counts, where the document says nothing; 4xx are what visitors ask for, too. */
const TOLERANCE: Readonly<Record<CountMetric, { readonly ratio: number; readonly absolute: number }>> = {
  errors: { ratio: 1.1, absolute: 0.0001 },
  '4xx': { ratio: 1.5, absolute: 0.01 },
  '3xx': { ratio: 1.5, absolute: 0.01 },
};
const LATENCY_RATIO = 1.1;
const GOAL_RATIO = { higher: 0.9, lower: 1.1 } as const;

export function compileCriteria(
  wire: readonly WireCriterion[] | undefined,
  around: Pick<PlanSurroundings, 'goals' | 'stickyBy'>,
  report: Report,
): Criterion[] {
  const names = new Set<string>();
  return (wire ?? DEFAULTS).flatMap((one, position): Criterion[] => {
    const at: Report = (path, message) => report(['criteria', position, ...path], message);
    const criterion = compile(one, around, at);
    if (criterion === null) return [];
    const name = criterionName(criterion);
    if (names.has(name)) at([], `another criterion is ${quote(name)}: there can be one of each`);
    names.add(name);
    return [criterion];
  });
}

function compile(
  wire: WireCriterion,
  around: Pick<PlanSurroundings, 'goals' | 'stickyBy'>,
  report: Report,
): Criterion | null {
  if ((wire.tolerance === undefined) === (wire.limit === undefined)) {
    report([], 'expected either "tolerance" or "limit"');
    return null;
  }
  if (wire.direction !== undefined && !wire.metric.startsWith('goal:'))
    report(['direction'], 'only a goal has a direction: less is better here');
  return wire.limit === undefined ? compileTolerance(wire, around, report) : compileLimit(wire, report);
}

function compileTolerance(
  wire: WireCriterion,
  around: Pick<PlanSurroundings, 'goals' | 'stickyBy'>,
  report: Report,
): Criterion {
  const { metric, tolerance = {} } = wire;
  const require = wire.require ?? false;
  if (wire.quantile !== undefined)
    report(['quantile'], 'only a latency limit names its quantile: a tolerance holds for the whole shape');
  const isCount = metric === 'errors' || metric === '4xx' || metric === '3xx';
  if (!isCount && tolerance.absolute !== undefined)
    report(['tolerance', 'absolute'], 'expected none: only errors, 4xx and 3xx have one');
  if (isCount) {
    const { ratio = TOLERANCE[metric].ratio, absolute = TOLERANCE[metric].absolute } = tolerance;
    atLeastOne(ratio, report);
    return { kind: 'tolerance', metric, ratio, absolute, require };
  }
  if (metric === 'latency') {
    const { ratio = LATENCY_RATIO } = tolerance;
    atLeastOne(ratio, report);
    return { kind: 'latency', ratio, require };
  }
  const goal = metric.slice('goal:'.length);
  const direction = wire.direction ?? 'higher';
  const { ratio = GOAL_RATIO[direction] } = tolerance;
  if (!around.goals.includes(goal))
    report(['metric'], `no goal of that name; "goals" has ${around.goals.map(quote).join(', ') || 'none'}`);
  if (around.stickyBy === 'ip')
    report(
      ['metric'],
      'a goal counts visitors once: it needs "sticky" by cookie or header, an address is shared by many',
    );
  if (direction === 'higher' && ratio > 1)
    report(['tolerance', 'ratio'], 'expected at most 1: the canary may have this much of what stable has');
  if (direction === 'lower') atLeastOne(ratio, report);
  return { kind: 'goal', goal, ratio, direction, require };
}

function atLeastOne(ratio: number, report: Report): void {
  if (ratio < 1)
    report(['tolerance', 'ratio'], 'expected at least 1: the canary may be so many times as bad');
}

function compileLimit(wire: WireCriterion, report: Report): Criterion | null {
  const { metric, limit, quantile } = wire;
  if (wire.require !== undefined) report(['require'], 'a limit only rolls back: nothing of it is required');
  if (metric === 'latency') {
    if (typeof limit !== 'string' || quantile === undefined) {
      report(
        typeof limit === 'string' ? [] : ['limit'],
        'expected a duration and its "quantile", like {"metric": "latency", "quantile": 0.99, "limit": "800ms"}',
      );
      return null;
    }
    return { kind: 'latency-limit', quantile, limitMs: parseDuration(limit) };
  }
  if (metric !== 'errors' && metric !== '4xx' && metric !== '3xx') {
    report(['limit'], 'a goal has no limit: give it a "tolerance"');
    return null;
  }
  if (quantile !== undefined) report(['quantile'], 'only a latency limit has one');
  if (typeof limit !== 'number') {
    report(['limit'], 'expected a fraction between 0 and 1, like 0.05');
    return null;
  }
  return { kind: 'limit', metric, limit };
}
