/** What speaks against the canary under its limits, for people. */
import { countWord } from './evidence.ts';
import { duration, eValue, part, percent } from './figures.ts';
import { isBroken, isLimit, isShared, rateOf, startLimit, type Limit } from './limits.ts';
import { logEValue } from './mixture.ts';
import { lastMinute, type OwnFailure } from './own-failure.ts';
import { criterionName, type JudgeSettings } from './settings.ts';
import type { JudgeState } from './state.ts';
import type { Evidence } from './verdict.ts';

export function limitEvidence(state: JudgeState, limit: Limit, settings: JudgeSettings): Evidence {
  const name = criterionName(limit);
  const { canary, stable, ofStable } = state.limits[name] ?? startLimit();
  const logE = logEValue(canary.mixture);
  const threshold = -Math.log(settings.falseRollbackRate);
  const margin = `at most ${percent(rateOf(limit))}`;
  const what =
    limit.kind === 'limit'
      ? countWord(limit.metric, 'raw')
      : `requests slower than ${duration(limit.limitMs / 1000)}`;
  return {
    criterion: name,
    direction: 'rollback',
    logE,
    threshold,
    isDecided: state.failed?.criterion === name,
    observed: {
      canary: { count: canary.count, requests: canary.requests },
      stable: { count: stable.count, requests: stable.requests },
      expected: rateOf(limit) * canary.requests,
    },
    margin,
    text:
      `${what} on ${settings.candidate}: ${part(canary.count, canary.requests)} requests, on stable ` +
      `${part(stable.count, stable.requests)} requests; limit ${percent(rateOf(limit))}; ` +
      `e-value ${eValue(logE)}, rolls back at ${eValue(threshold)}${ofStableText(ofStable)}`,
  };
}

function ofStableText(ofStable: OwnFailure): string {
  if (!ofStable.isFailing) return '';
  const { x, n } = lastMinute(ofStable);
  return `; stable fails too: ${part(x, n)} requests in the last minute`;
}

/** Limits that both break; empty for most of the time. */
export function sharedLimits(state: JudgeState, { criteria, falseRollbackRate }: JudgeSettings): Limit[] {
  return criteria.filter(isLimit).filter(limit => {
    const now = state.limits[criterionName(limit)];
    return now !== undefined && isBroken(now, falseRollbackRate) && isShared(now, falseRollbackRate);
  });
}
