/** `start`: a rollout begins, from weight 0. */
import { sameVariant } from '../document-facts.ts';
import type { Draft } from '../draft.ts';
import type { Answer } from '../effect.ts';
import type { Probe } from '../event.ts';
import { closeRun, decide } from '../journal.ts';
import type { Plan } from '../plan.ts';
import { done, refused, refusedIn } from '../refusal.ts';
import { beginRun, openRun, recordOf } from '../run.ts';
import type { CandidateFacts, DeliveryState } from '../state.ts';
import { percentText } from '../words.ts';
import { resume } from './pause.ts';

export function start(draft: Draft, isAgain: boolean, probe: Probe | null): Answer {
  const { state } = draft;
  if (state.phase === 'adopting') return refusedIn(state, 'Nothing can be started');
  const plan = state.document?.plan ?? null;
  const found = plan === null ? undefined : state.document?.candidates[plan.candidate];
  if (plan === null || found === undefined)
    return refused(
      'Nothing can be started: the document has no plan. Put one into it, or set a weight: `weir weight`.',
    );
  const open = openRun(state);
  if (open !== null && open.candidate === plan.candidate && open.hash === found.hash) {
    if (state.phase !== 'paused') return done('This version is under way already.', false);
    // Nobody has seen it yet: nothing of it is continued, so this is the word that fits.
    if (open.step < 0) return resume(draft);
    return refused('This version is paused: `weir resume` goes on where it stopped.');
  }
  const problem = problemOf(state, plan, found, isAgain);
  if (problem !== null) return refused(problem);
  if (probe === null) return { kind: 'probe', target: found.wire };
  if (!probe.answers)
    return refused(
      `Nothing was started: ${plan.candidate} gave no answer at ${found.wire.origin} (${probe.text}).`,
    );
  begin(draft, plan);
  const version = found.wire.version === undefined ? '' : ` version ${found.wire.version}`;
  return done(
    `Started ${plan.candidate}${version}: step one follows when nothing holds it. \`weir watch\` shows it.`,
  );
}

function problemOf(state: DeliveryState, plan: Plan, found: CandidateFacts, isAgain: boolean): string | null {
  if (state.document?.enabled === false)
    return 'Nothing can be started: the document is disabled, everybody is on stable. `weir enable` first.';
  const other = Object.entries(state.shares).find(([name, share]) => name !== plan.candidate && share > 0);
  if (other !== undefined)
    return `Nothing can be started: ${other[0]} has a weight of ${percentText(other[1])}, and a plan moves one candidate. Set it to 0 first: \`weir weight\`.`;
  if (state.phase === 'completed' && isSame(state, plan, found))
    return 'This version has completed. `weir adopt` makes it stable; another one starts when its `version`, origin or headers differ: `weir start --version …`.';
  if (state.document !== null && sameVariant(state.document.stable, found.wire))
    return `Nothing can be started: ${plan.candidate} is the stable one now (same origin, version and headers). \`weir start --version …\` starts another.`;
  if (isAgain) return null;
  const why = failureOf(state, plan.candidate, found.hash);
  if (why === null) return null;
  return `This version was rolled back: ${why} It starts when its \`version\`, origin or headers differ (\`weir start --version …\`), or with \`weir start --again\`.`;
}

function isSame({ run }: DeliveryState, plan: Plan, found: CandidateFacts): boolean {
  return run?.candidate === plan.candidate && run.hash === found.hash;
}

/** Why this candidate isn't tried again by itself; null if it may be. */
export function failureOf(state: DeliveryState, candidate: string, hash: string): string | null {
  const failure = recordOf(state, candidate, hash)?.failure;
  if (failure === null || failure === undefined) return null;
  return failure.endsWith('.') ? failure : `${failure}.`;
}

/** Whatever was under way gives way. */
export function begin(draft: Draft, plan: Plan): void {
  const open = openRun(draft.state);
  if (open !== null) {
    const why = 'another candidate was started';
    decide(draft, why);
    closeRun(draft, 'superseded', why);
  }
  draft.enter('progressing');
  beginRun(draft, plan);
  draft.audit('start', `${plan.candidate}, attempt ${draft.state.run?.attempt ?? 1}`);
}
