/** Another document is in force: what that does to a rollout under way, and to weights already given. */
import { isFromBefore } from './adopting.ts';
import { sameVariant } from './document-facts.ts';
import type { Draft } from './draft.ts';
import type { Answer } from './effect.ts';
import { pauseRun } from './holding.ts';
import { decide } from './journal.ts';
import { inForce } from './limits.ts';
import type { Plan } from './plan.ts';
import { done, refused } from './refusal.ts';
import { beginRun, openRun, setShare, startOver, supersede } from './run.ts';
import type { DocumentFacts, Run } from './state.ts';
import { failureOf } from './verbs/start.ts';
import { percentText } from './words.ts';

export function changeDocument(draft: Draft, document: DocumentFacts): Answer {
  const previous = draft.state.document;
  if (draft.state.phase === 'adopting') {
    const problem = disturbAdopting(draft, document);
    if (problem !== null) return refused(problem);
  }
  if (isFromBefore(draft.state, document)) takeBack(draft, document);
  draft.patch({ document });
  const run = openRun(draft.state);
  if (previous !== null && run === null) dropChanged(draft, previous);
  if (run !== null) changeRun(draft, run, document, isRedrawn(previous, document));
  // Disabling and enabling is obeyed as fast as a rollback.
  draft.limit(draft.state.limits);
  const open = openRun(draft.state);
  const wasEnabled = previous?.enabled !== false;
  if (open !== null && !document.enabled && (wasEnabled || draft.state.phase !== 'paused'))
    pauseAtZero(draft);
  if (open !== null && document.enabled && !wasEnabled) {
    const share = percentText(inForce(draft.state, open.candidate));
    draft.notes.push(`the rollout under way is still paused at ${share}: \`weir resume\` goes on`);
  }
  return done(draft.notes.length === 0 ? 'Nothing moves by it.' : draft.notes.join('; '));
}

/** There is no adopt to undo any more. */
function takeBack(draft: Draft, { stable }: DocumentFacts): void {
  const text = `the stable is ${stable.origin} again, from before an adopt`;
  draft.patch({ adoption: null });
  draft.notes.push(text);
  draft.audit('document', text);
}

/** Its weight goes, too: enabling alone sends nobody back to the candidate. */
function pauseAtZero(draft: Draft): void {
  const reason = 'the document was disabled, and everybody went to stable';
  setShare(draft, 0, reason);
  pauseRun(draft, reason);
  draft.notes.push('the rollout under way is paused at 0 %: everybody is on stable');
}

/** @returns why it is refused: half an adopt would send visitors to the old version */
function disturbAdopting(draft: Draft, document: DocumentFacts): string | null {
  const { adoption, run } = draft.state;
  const candidate = adoption === null ? undefined : document.candidates[adoption.candidate];
  const isOurs =
    candidate !== undefined && candidate.hash === run?.hash && sameVariant(document.stable, candidate.wire);
  if (isOurs) return null;
  if (draft.actor?.channel !== 'kv')
    return 'An adopt is under way, and this document is not the adopted one. Wait some minutes, or `weir rollback`.';
  const text = 'a document written by hand has taken the place of the adopted one';
  draft.patch({ adoption: null });
  draft.enter('completed');
  draft.audit('document', text);
  decide(draft, text);
  return null;
}

/** A new candidate never inherits a weight, also not one that was written by hand and names no candidate. */
function dropChanged(draft: Draft, previous: DocumentFacts): void {
  const { document, shares, phase } = draft.state;
  if (document === null) return;
  const hasWeight = (name: string): boolean => (shares[name] ?? 0) > 0;
  const changed = Object.keys(document.candidates).filter(
    name => hasWeight(name) && previous.candidates[name]?.hash !== document.candidates[name]?.hash,
  );
  const isGone = Object.keys(shares).some(name => document.candidates[name] === undefined);
  if (changed.length === 0 && !isGone) return;
  const kept = Object.keys(document.candidates).map(name => [
    name,
    changed.includes(name) ? 0 : (shares[name] ?? 0),
  ]);
  if (phase !== 'rolled-back') {
    const zero = changed.map(name => [name, { candidate: draft.hashOf(name), share: 0, isBarred: false }]);
    draft.limit({ ...draft.state.limits, ...(Object.fromEntries(zero) as typeof draft.state.limits) });
  }
  const until = document.plan === null ? 'a weight is set' : '`weir start`';
  for (const name of changed) draft.notes.push(`the candidate ${name} changed: weight 0 until ${until}`);
  if (phase === 'completed' && changed.length > 0)
    draft.notes.push(
      'what completed is not adopted: its visitors go back to stable (`weir adopt` first keeps them)',
    );
  draft.write(Object.fromEntries(kept) as Record<string, number>, 'the document has other candidates');
  if (changed.length > 0) draft.audit('document', draft.notes.join('; '));
}

function changeRun(draft: Draft, run: Run, document: DocumentFacts, redrawn: boolean): void {
  const { plan } = document;
  const found = document.candidates[run.candidate];
  const isSame = found?.hash === run.hash;
  if (plan === null && isSame) {
    draft.notes.push('the document has no plan any more: the rollout is paused');
    if (draft.state.phase !== 'paused') pauseRun(draft, 'the document has no plan any more');
    if (redrawn) redraw(draft);
    return;
  }
  if (plan === null) {
    draft.notes.push(`the candidate ${run.candidate} changed, and there is no plan: weight 0`);
    supersede(draft, 'superseded', 'the candidate changed, and the document has no plan');
    draft.enter('idle');
    draft.audit('document', draft.notes.join('; '));
    return;
  }
  if (plan.candidate !== run.candidate || !isSame) restart(draft, plan);
  else edit(draft, run, plan, redrawn);
}

function isRedrawn(previous: DocumentFacts | null, { draw }: DocumentFacts): boolean {
  return previous !== null && !same(previous.draw, draw);
}

/** Others meet the candidate now, and stable's lanes are other visitors: no evidence so far is of these. */
function redraw(draft: Draft): void {
  const why = 'all visitors are drawn anew';
  draft.notes.push(`${why}: restarts at step one, and is judged from nothing`);
  startOver(draft, 'start', why);
}

/** Back to step one from weight 0, with the new candidate. */
function restart(draft: Draft, plan: Plan): void {
  const wasPaused = draft.state.phase === 'paused';
  supersede(draft, 'superseded', `the candidate changed`);
  const failure = failureOf(draft.state, plan.candidate, draft.hashOf(plan.candidate));
  if (failure !== null) {
    draft.enter('rolled-back');
    draft.limit(draft.barred());
    draft.notes.push(
      `the candidate changed to one that was rolled back (${failure}): weight 0 until \`weir start --again\``,
    );
  } else {
    beginRun(draft, plan);
    if (wasPaused) draft.patchRun({ reason: 'the candidate changed while it was paused' });
    else draft.enter('progressing');
    draft.notes.push(
      `the candidate changed: restarts at step one, from weight 0${wasPaused ? ', after `weir resume`' : ''}`,
    );
  }
  draft.audit('restart', draft.notes.join('; '));
}

/** Criteria and rates are those of the start: what has been spent of them can't be taken back. */
function edit(draft: Draft, run: Run, plan: Plan, redrawn: boolean): void {
  const { criteria, falseRollbackRate, falsePromotionRate, blastRadius, minRequests, warmupMs } = run.plan;
  const { holdback, reaction, onSharedFailure } = run.plan;
  const kept: Plan = {
    ...plan,
    criteria,
    falseRollbackRate,
    falsePromotionRate,
    blastRadius,
    minRequests,
    warmupMs,
    holdback,
    reaction,
    onSharedFailure,
  };
  if (!same(kept, plan)) {
    draft.notes.push(
      'the rollout under way keeps the criteria that it was started with; they hold from the next start',
    );
  }
  if (same(kept, run.plan) && same(kept, plan) && !redrawn) return;
  draft.patchRun({ plan: kept });
  if (redrawn) {
    redraw(draft);
    return;
  }
  if (!same(kept.steps, run.plan.steps)) {
    draft.notes.push('the steps changed: restarts at step one, evidence for a roll-back is kept');
    startOver(draft, 'advance', 'the steps changed');
    return;
  }
  draft.notes.push('evidence for an advance is collected anew');
  draft.emit({ kind: 'restart-judge', run: run.id, what: 'advance' });
  // Gates are numbered by the plan: what one of them said holds for no other.
  draft.patchRun({ gates: {}, gateRound: run.gateRound + 1 });
  draft.audit('document', 'the plan changed: evidence for an advance is collected anew');
  decide(draft, 'the plan changed');
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
