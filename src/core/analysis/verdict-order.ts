/** From the evidence to one verdict: fail > mismatch > blind > inconclusive > pass (judging.md, section 3). */
import { advanceTestsOf } from './advance.ts';
import { blindness } from './feed.ts';
import { eValue, figure } from './figures.ts';
import type { Judgement } from './judgement.ts';
import { sharedLimits } from './limit-evidence.ts';
import { membersOf } from './members.ts';
import { portfolioLogE } from './portfolio.ts';
import { rawContradiction } from './raw-share.ts';
import { criterionName, type JudgeSettings, type Moment } from './settings.ts';
import type { JudgeState } from './state.ts';
import { VISITORS, hasVisitors } from './step.ts';
import type { Evidence, Verdict } from './verdict.ts';
import { visitorsIn } from './visitors.ts';

/** A criterion that is not asked for positive evidence holds an advance while this much speaks against it. */
const SPEAKS_AGAINST = Math.log(3);

type Conclusion = Omit<Judgement, 'state' | 'evidence'>;
/** What is lacking for an advance, in the order in which a person is told. */
type Lacking = Pick<Conclusion, 'waitsFor' | 'progress'> & { readonly verdict: Verdict };

export function concluded(
  state: JudgeState,
  evidence: readonly Evidence[],
  settings: JudgeSettings,
  moment: Moment,
): Conclusion {
  const distrust = distrustText(state.distrusted);
  const pages = [...withheld(state, settings), ...sharedTexts(state, evidence, settings)];
  const lacking = lackingFor(state, evidence, settings, moment);
  const { waitsFor = null, progress = null } = lacking ?? {};
  const verdict =
    failVerdict(state) ??
    mismatchVerdict(evidence) ??
    blindVerdict(state, moment) ??
    heldVerdict(pages, state) ??
    lacking?.verdict ??
    passVerdict(evidence);
  return { verdict, waitsFor, progress, distrust, pages };
}

function failVerdict({ failed }: JudgeState): Verdict | null {
  return failed === null ? null : { kind: 'fail', criterion: failed.criterion, text: failed.text };
}

function mismatchVerdict(evidence: readonly Evidence[]): Verdict | null {
  const mismatch = evidence.find(({ criterion, isDecided }) => criterion === 'mismatch' && isDecided);
  return mismatch === undefined ? null : { kind: 'mismatch', criterion: 'mismatch', text: mismatch.text };
}

function blindVerdict({ feed }: JudgeState, { now, unreadableSince }: Moment): Verdict | null {
  const text = feed === null ? null : blindness(feed, now, unreadableSince);
  return text === null ? null : { kind: 'blind', text };
}

function heldVerdict(pages: readonly string[], { distrusted }: JudgeState): Verdict | null {
  if (pages.length === 0) return null;
  const criterion = distrusted[0];
  return { kind: 'inconclusive', ...(criterion === undefined ? {} : { criterion }), text: pages.join('; ') };
}

export function distrustText(distrusted: readonly string[]): string | null {
  if (distrusted.length === 0) return null;
  return (
    `the built-in A/A test found a difference in ${distrusted.join(', ')} between visitors of stable alone: ` +
    `${distrusted.length === 1 ? 'this criterion holds' : 'these criteria hold'} and ${distrusted.length === 1 ? 'tells' : 'tell'} a person, and ${distrusted.length === 1 ? 'does' : 'do'} not roll back by ${distrusted.length === 1 ? 'itself' : 'themselves'}`
  );
}

/** What would have rolled back if the A/A test had not found the same criterion wanting. */
function withheld({ failed, distrusted, portfolio }: JudgeState, settings: JudgeSettings): string[] {
  if (failed !== null || distrusted.length === 0) return [];
  const members = membersOf(settings);
  const logE = portfolioLogE(portfolio, members);
  if (logE < -Math.log(settings.falseRollbackRate)) return [];
  const least = figure(1 / settings.falseRollbackRate);
  return [
    `held for a person: the comparison would roll back (e-value ${eValue(logE)} of ${least}), but ${distrustText(distrusted)!}`,
  ];
}

function sharedTexts(state: JudgeState, evidence: readonly Evidence[], settings: JudgeSettings): string[] {
  if (state.failed !== null) return [];
  return sharedLimits(state, settings).map(limit => {
    const name = criterionName(limit);
    const text = evidence.find(({ criterion }) => criterion === name)?.text ?? name;
    return `both over limit, ${settings.candidate} and stable: ${text}`;
  });
}

function lackingFor(
  state: JudgeState,
  evidence: readonly Evidence[],
  settings: JudgeSettings,
  moment: Moment,
): Lacking | null {
  return (
    lackingRequests(state, settings, moment) ??
    lackingEvidence(evidence) ??
    contradicted(state, settings, moment) ??
    speakingAgainst(evidence)
  );
}

function lackingRequests(
  { step }: JudgeState,
  { minRequests, sticky, candidate }: JudgeSettings,
  { nextWeight }: Moment,
): Lacking | null {
  const requests = step?.requests ?? 0;
  if (requests < minRequests) {
    return lacking(
      'requests',
      undefined,
      `${figure(requests)} of ${figure(minRequests)} requests on ${candidate} in this step`,
    );
  }
  // The last step may leave stable nobody.
  if (!sticky || nextWeight === null || (step !== null && hasVisitors(step))) return null;
  const [c, s] = [visitorsIn(step?.canary ?? ''), visitorsIn(step?.stable ?? '')].map(Math.round);
  return lacking(
    'requests',
    undefined,
    `${figure(c!)} visitors on ${candidate} and ${figure(s!)} on stable in this step; ${VISITORS} of each are needed`,
  );
}

function lackingEvidence(evidence: readonly Evidence[]): Lacking | null {
  const missing = evidence.find(({ direction, isDecided }) => direction === 'advance' && !isDecided);
  if (missing === undefined) return null;
  const { criterion, text } = missing;
  return lacking(`evidence:${criterion}`, criterion, `${criterion}: ${text}`);
}

function contradicted(state: JudgeState, settings: JudgeSettings, moment: Moment): Lacking | null {
  const raw = state.observed['errors/raw'];
  const test = advanceTestsOf(settings).find(one => one.kind === 'count' && one.metric === 'errors');
  if (!settings.sticky || raw === undefined || test?.kind !== 'count') return null;
  const text = rawContradiction(state.raw, raw, test, settings, moment);
  return text === null ? null : lacking('evidence:errors', 'errors', text);
}

function speakingAgainst(evidence: readonly Evidence[]): Lacking | null {
  const against = evidence.find(
    ({ criterion, direction, logE }) =>
      direction === 'rollback' && !['all', 'mismatch'].includes(criterion) && logE > SPEAKS_AGAINST,
  );
  if (against === undefined) return null;
  const text = `${against.criterion} speaks against an advance: ${against.text}; above 3 it holds`;
  return lacking(`evidence:${against.criterion}`, against.criterion, text);
}

function lacking(
  waitsFor: NonNullable<Lacking['waitsFor']>,
  criterion: string | undefined,
  text: string,
): Lacking {
  const verdict: Verdict = { kind: 'inconclusive', ...(criterion === undefined ? {} : { criterion }), text };
  return { waitsFor, progress: text, verdict };
}

function passVerdict(evidence: readonly Evidence[]): Verdict {
  const shown = evidence.filter(({ direction, criterion }) => direction === 'advance' || criterion === 'all');
  return {
    kind: 'pass',
    text: shown
      .map(({ criterion, text }) => (criterion === 'all' ? text : `${criterion}: ${text}`))
      .join('; '),
  };
}
