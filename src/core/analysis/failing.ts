/** When the evidence is enough to roll back. What has failed stays failed. */
import { comparedEvidence, wholeText } from './evidence.ts';
import { limitEvidence } from './limit-evidence.ts';
import { isBroken, isLimit, isShared, type Limit } from './limits.ts';
import { membersOf } from './members.ts';
import { eValue } from './figures.ts';
import { portfolioLogE, strongest } from './portfolio.ts';
import { criterionName, type JudgeSettings, type Moment } from './settings.ts';
import type { JudgeState } from './state.ts';
import { failingVisitors } from './step.ts';
import { visitorsIn } from './visitors.ts';
import { unreachable } from '../result.ts';

/** Fewer failing visitors than this may all be broken by themselves. */
const FAILING = 5;
/** So long after a raise, a failure of both is taken for the canary's harm to what they share. */
const AFTER_RAISE_MS = 600_000;

export function latch(state: JudgeState, settings: JudgeSettings, moment: Moment): JudgeState {
  if (state.failed !== null) return state;
  const criterion = failedComparison(state, settings);
  if (criterion !== undefined) {
    const members = membersOf(settings);
    const logE = portfolioLogE(state.portfolio, members);
    const { text } = comparedEvidence(state, members, criterion, settings, moment);
    const whole = `${wholeText(state)} ${eValue(logE)}, which ${eValue(-Math.log(settings.falseRollbackRate))} decide`;
    return { ...state, failed: { criterion, text: `${criterion}: ${text}; ${whole}`, at: moment.now } };
  }
  const limit = settings.criteria.filter(isLimit).find(one => isFailed(one, state, settings, moment));
  if (limit === undefined) return state;
  const name = criterionName(limit);
  const text = `${name}: ${limitEvidence(state, limit, settings).text}`;
  return { ...state, failed: { criterion: name, text, at: moment.now } };
}

/** Which criterion says most against the canary, if all that are trusted together say enough. */
function failedComparison(state: JudgeState, settings: JudgeSettings): string | undefined {
  const trusted = membersOf(settings).filter(({ criterion }) => !state.distrusted.includes(criterion));
  if (trusted.length === 0) return undefined;
  const logE = portfolioLogE(state.portfolio, trusted);
  return logE >= -Math.log(settings.falseRollbackRate) ? strongest(state.portfolio, trusted) : undefined;
}

function isFailed(limit: Limit, state: JudgeState, settings: JudgeSettings, moment: Moment): boolean {
  const now = state.limits[criterionName(limit)];
  if (now === undefined || !isBroken(now, settings.falseRollbackRate)) return false;
  if (!hasEnoughFailing(limit, state, settings.sticky)) return false;
  return !isShared(now, settings.falseRollbackRate) || rollsBackShared(settings, moment);
}

/** Of durations it is not known whose they are: there all visitors of this step have to do. */
function hasEnoughFailing(limit: Limit, { step }: JudgeState, isSticky: boolean): boolean {
  if (step === null) return false;
  if (limit.kind === 'limit') return failingVisitors(step, limit.metric) >= FAILING;
  return !isSticky || visitorsIn(step.canary) >= FAILING;
}

/** What to do about a failure of both arms. */
export function rollsBackShared({ onSharedFailure }: JudgeSettings, { now, raisedAt }: Moment): boolean {
  switch (onSharedFailure) {
    case 'rollback':
      return true;
    case 'hold':
      return false;
    case 'auto':
      return raisedAt !== null && now - raisedAt < AFTER_RAISE_MS;
    default:
      return unreachable(onSharedFailure);
  }
}
