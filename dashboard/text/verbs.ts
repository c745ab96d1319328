/**
 * What a person can tell a rollout from the page: whether its phase allows it (judging.md, section 5:
 * the API has the last word), and what will happen.
 */
import type { DeliveryStatus, Phase } from '../types.ts';
import { isOpen } from './delivery.ts';
import { duration, weight } from './format.ts';

export const VERBS = ['approve', 'resume', 'start', 'pause', 'promote', 'rollback'] as const;
export type Verb = (typeof VERBS)[number];

export const VERB_NAMES: Readonly<Record<Verb, string>> = {
  start: 'Start',
  pause: 'Pause',
  resume: 'Resume',
  approve: 'Approve',
  promote: 'Promote',
  rollback: 'Roll back',
};

/** What the page knows of the candidate beside the rollout's own state. */
export interface Candidate {
  readonly name: string;
  /** Of the document in force. */
  readonly version: string | null;
}

export interface Offer {
  readonly verb: Verb;
  /** Why it is not possible just now; null if it is. */
  readonly refusal: string | null;
  /** The one to take next, if any. */
  readonly isNext: boolean;
}

export function offersOf(delivery: DeliveryStatus, candidate: Candidate): Offer[] {
  const next = nextOf(delivery, candidate);
  return VERBS.map(verb => ({
    verb,
    refusal: refusalOf(verb, delivery, candidate),
    isNext: verb === next,
  }));
}

function nextOf(delivery: DeliveryStatus, candidate: Candidate): Verb | undefined {
  if (delivery.phase === 'paused') return 'resume';
  if (delivery.waitingFor === 'approval') return 'approve';
  const isNew = delivery.phase === 'idle' || isNewVersion(delivery, candidate);
  return isNew && refusalOf('start', delivery, candidate) === null ? 'start' : undefined;
}

function isNewVersion({ run }: DeliveryStatus, { version }: Candidate): boolean {
  return run !== null && run.version !== version;
}

function refusalOf(verb: Verb, delivery: DeliveryStatus, candidate: Candidate): string | null {
  const { phase, plan, run, waitingFor } = delivery;
  switch (verb) {
    // Never refused, in any phase, with or without a plan.
    case 'rollback':
      return null;
    case 'start':
      if (plan === null) return 'The document has no plan.';
      if (phase === 'adopting') return 'The candidate is just being adopted.';
      if (phase === 'idle' || phase === 'rolled-back' || isNewVersion(delivery, candidate)) return null;
      if (phase === 'completed') return 'This version is completed: start takes a new one.';
      return phase === 'paused' ? 'It is paused: resume it.' : 'It is under way with this version.';
    case 'pause':
      return phase === 'paused' ? 'It is paused already.' : underWay(phase);
    case 'resume':
      if (phase === 'rolled-back') return 'It was rolled back: start it again.';
      return phase === 'paused' ? null : (underWay(phase) ?? 'It is not paused.');
    case 'approve':
      if (underWay(phase) !== null) return underWay(phase);
      if (waitingFor === 'approval') return null;
      if (phase === 'paused' && run?.steps[run.step + 1]?.approval === true) return null;
      return 'It does not wait for an approval.';
    case 'promote':
      return phase === 'idle' ? 'Nothing is under way: start it.' : underWay(phase);
  }
}

function underWay(phase: Phase): string | null {
  if (isOpen(phase)) return null;
  switch (phase) {
    case 'completed':
      return 'It is completed.';
    case 'adopting':
      return 'The candidate is just being adopted.';
    case 'rolled-back':
      return 'It was rolled back.';
    case 'idle':
    case 'progressing':
    case 'paused':
    case 'baking':
      return 'Nothing is under way.';
  }
}

/** Whether the verb asks for a reason: `required` where it goes against the evidence. */
export function reasonOf(verb: Verb, { verdict, phase }: DeliveryStatus): 'none' | 'optional' | 'required' {
  switch (verb) {
    case 'pause':
    case 'rollback':
      return 'optional';
    case 'promote':
      // At the last step there is nothing left to skip.
      return phase !== 'baking' && verdict?.kind !== 'pass' ? 'required' : 'optional';
    case 'start':
    case 'resume':
    case 'approve':
      return 'none';
  }
}

/** The command as the API takes it: JSON. */
export function bodyOf(verb: Verb, delivery: DeliveryStatus, candidate: Candidate, reason: string): string {
  const said = reason.trim() === '' ? {} : { reason: reason.trim() };
  if (verb === 'promote') return JSON.stringify({ ...forced(delivery), ...said });
  if (verb === 'start') return JSON.stringify(isAgain(delivery, candidate) ? { again: true } : {});
  return JSON.stringify(said);
}

function forced(delivery: DeliveryStatus): { force?: boolean } {
  return reasonOf('promote', delivery) === 'required' ? { force: true } : {};
}

function isAgain(delivery: DeliveryStatus, candidate: Candidate): boolean {
  return delivery.phase === 'rolled-back' && !isNewVersion(delivery, candidate);
}

/** What will happen, a sentence or two each. */
export function consequencesOf(verb: Verb, delivery: DeliveryStatus, candidate: Candidate): string[] {
  const { name } = candidate;
  const { run, plan, phase, verdict } = delivery;
  const share = weight(run?.weight ?? 0);
  const next = run?.steps[run.step + 1];
  switch (verb) {
    case 'start': {
      const [first, ...rest] = plan?.steps ?? [];
      const version = candidate.version === null ? name : `${name} ${candidate.version}`;
      const path = rest.map(step => step.weight).join(', ');
      return [
        `${version} gets ${weight(first?.weight ?? 0)} of visitors${path === '' ? '' : `; then ${path}\u00a0%, each step held and judged`}.`,
        ...(isAgain(delivery, candidate) && run !== null
          ? [
              `This is attempt ${run.attempt + 1} of the same candidate: it was rolled back before, and each attempt has the chance of a false rollback anew.`,
            ]
          : []),
        'It is rolled back by itself when it does worse than the plan tolerates.',
      ];
    }
    case 'pause':
      return [
        `Visitors stay where they are: ${share} on ${name}. The clock of the step stands still.`,
        'It goes on being judged, and is still rolled back if it fails.',
      ];
    case 'resume':
      return [
        `It goes on where it was: step ${(run?.step ?? 0) + 1} at ${share}, ${duration((run?.heldSeconds ?? 0) * 1000)} held so far.`,
      ];
    case 'approve':
      return phase === 'paused'
        ? ['The next step is approved; it is taken after the rollout is resumed.']
        : [
            next === undefined
              ? 'It goes on.'
              : `${weight(next.weight)} of visitors get ${name} now; so far ${share} do.`,
          ];
    case 'promote':
      return [
        phase === 'baking'
          ? `It is completed at once: what is left of the last step is not waited for.`
          : `Everyone gets ${name} now, apart from the holdback: the steps that are left are skipped.`,
        ...(reasonOf(verb, delivery) === 'required'
          ? [`The evidence does not carry that: ${verdict?.text ?? 'nothing has been judged yet'}`]
          : []),
      ];
    case 'rollback':
      return [
        phase === 'completed'
          ? 'Everyone goes back to the stable version. Is it still running, with room for all?'
          : `Everyone on ${name} (${share}) gets stable with their next request. Rules of the document don’t lead to it either; only override links do.`,
        'Isolates with visitors obey within 2 s; idle ones within 90 s.',
      ];
  }
}
