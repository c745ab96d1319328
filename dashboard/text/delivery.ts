/**
 * What someone who was woken up wants to know of a rollout, in this order: is it safe, what is it
 * doing, what does it want from me.
 */
import type { DeliveryStatus, Phase, RunStatus, WaitingFor } from '../types.ts';
import { criterionName, isDoubtful } from './evidence.ts';
import { duration, weight } from './format.ts';
import type { Situation, Tone } from './situation.ts';

export interface Answer {
  readonly tone: Tone;
  /** A few words. */
  readonly text: string;
  /** Why, and what follows; may be empty. */
  readonly detail: string;
}

export interface Answers {
  readonly safe: Answer;
  readonly doing: Answer;
  readonly wants: Answer;
}

/** A rollout that moves or may move by itself, and is judged. */
export function isOpen(phase: Phase): boolean {
  return phase === 'progressing' || phase === 'paused' || phase === 'baking';
}

/** Whether there is anything to show of a plan: without one, and without a rollback, a rollout is just weights. */
export function hasDelivery(delivery: DeliveryStatus): boolean {
  return delivery.plan !== null || delivery.run !== null || delivery.phase !== 'idle';
}

/** @param now milliseconds since 1970 */
export function answersOf(delivery: DeliveryStatus, now: number): Answers {
  return { safe: safety(delivery), doing: doing(delivery, now), wants: wants(delivery, now) };
}

function answer(tone: Tone, text: string, detail: string | null = ''): Answer {
  return { tone, text, detail: detail ?? '' };
}

function safety({ phase, verdict, evidence, distrust }: DeliveryStatus): Answer {
  switch (phase) {
    case 'idle':
      return answer('quiet', 'Not judged', 'No rollout is under way: weights move only by hand.');
    case 'rolled-back':
      return answer('good', 'Yes', 'Everyone is back on stable.');
    case 'completed':
    case 'adopting':
      return answer('good', 'Yes', 'It went through every step. It is not judged any more.');
    case 'progressing':
    case 'paused':
    case 'baking':
      break;
  }
  if (verdict?.kind === 'fail') return answer('bad', 'No', verdict.text);
  if (distrust !== null) return answer('attention', 'Not by itself', 'Automatic rollback is off.');
  if (verdict === null) return answer('quiet', 'Not known yet', 'Nothing has been judged so far.');
  switch (verdict.kind) {
    case 'pass':
      return answer('good', 'Yes', verdict.text);
    case 'inconclusive':
      return isDoubtful(evidence)
        ? answer('attention', 'In doubt', verdict.text)
        : answer('quiet', 'So far, yes', verdict.text);
    case 'blind':
      return answer('attention', 'Nobody can tell', verdict.text);
    case 'mismatch':
      return answer('attention', 'Figures can’t be trusted', verdict.text);
  }
}

function doing(delivery: DeliveryStatus, now: number): Answer {
  const { phase, plan, run } = delivery;
  const ago = delivery.since === null ? '' : ` ${age(delivery.since, now)} ago`;
  switch (phase) {
    case 'idle': {
      if (plan === null) return answer('quiet', 'Nothing', 'The document has no plan.');
      const path = plan.steps.map(({ weight }) => weight).join(' → ');
      return answer('quiet', 'Not started', `The plan: ${path} %, in ${atLeast(holdOf(plan.steps))}.`);
    }
    case 'progressing':
    case 'baking':
      return run === null || run.step < 0
        ? answer('quiet', 'About to start', 'Nobody is on the candidate yet.')
        : answer('quiet', stepText(run), heldText(run, phase));
    case 'paused':
      return run === null || run.step < 0
        ? answer('attention', `Paused${ago}`, run?.reason)
        : answer('attention', `Paused at ${lowerFirst(stepText(run))}`, run.reason ?? `Paused${ago}.`);
    case 'completed':
      return answer('quiet', `Completed${ago}`, run?.reason);
    case 'adopting':
      return answer('quiet', 'Adopting', `The ${run?.candidate ?? 'candidate'} becomes the stable version.`);
    case 'rolled-back':
      return answer('bad', `Rolled back${ago}`, run?.reason ?? delivery.verdict?.text);
  }
}

function stepText({ step, steps, weight: share }: RunStatus): string {
  return `Step ${step + 1} of ${steps.length}: ${weight(share)}`;
}

function heldText(run: RunStatus, phase: Phase): string {
  const hold = run.steps[run.step]?.holdSeconds ?? 0;
  const held = Math.min(run.heldSeconds, hold);
  const next = run.steps[run.step + 1];
  const then =
    phase === 'baking' || next === undefined ? 'then it is completed' : `then ${weight(next.weight)}`;
  return held >= hold
    ? `Held its ${duration(hold * 1000)}; ${then}.`
    : `Held ${duration(held * 1000)} of ${duration(hold * 1000)}; ${then}.`;
}

function wants(delivery: DeliveryStatus, now: number): Answer {
  switch (delivery.phase) {
    case 'idle':
      return delivery.plan === null
        ? answer('quiet', 'Nothing')
        : answer('quiet', 'Nothing', 'Start it when the candidate is up.');
    case 'paused':
      return answer('attention', 'Resume or roll back', waitText(delivery, now) || delivery.advice);
    case 'completed':
      return answer('quiet', 'Adopt it, when you like', delivery.advice);
    case 'adopting':
      return answer('good', 'Nothing', delivery.advice);
    case 'rolled-back':
      return answer(isRecent(delivery, now) ? 'attention' : 'quiet', 'A new version', delivery.advice);
    case 'progressing':
    case 'baking':
      return answer(...needOf(delivery.waitingFor), waitText(delivery, now));
  }
}

/** What was rolled back yesterday has been seen. */
function isRecent({ since }: DeliveryStatus, now: number): boolean {
  return since !== null && now - Date.parse(since) < 86_400_000;
}

/** Those that go on by themselves want nothing. */
function needOf(waitingFor: WaitingFor | null): [tone: Tone, text: string] {
  if (waitingFor === 'approval') return ['attention', 'Your approval'];
  if (waitingFor === 'hand-weight') return ['attention', 'Your decision'];
  const isOdd = waitingFor === 'blind' || waitingFor === 'mismatch';
  return isOdd ? ['attention', 'A look at it'] : ['good', 'Nothing'];
}

function waitText({ waitingFor, waitingSince, run, freeze, verdict }: DeliveryStatus, now: number): string {
  const waits = waitingSince === null ? '' : ` (for ${age(waitingSince, now)})`;
  const estimate = run?.estimate == null ? '' : ` ${upperFirst(run.estimate)}.`;
  if (waitingFor === null || waitingFor === 'hold') {
    if (run?.nextStepAt == null) return `It moves on by itself.${estimate}`;
    const left = Date.parse(run.nextStepAt) - now;
    return left > 0
      ? `It moves on by itself, in ${duration(left)} at the earliest.`
      : 'It moves on by itself, any moment now.';
  }
  if (waitingFor.startsWith('evidence:'))
    return `It waits for evidence of ${lowerFirst(criterionName(waitingFor.slice(9)))}${waits}.${estimate}`;
  if (waitingFor.startsWith('gate:')) return `It waits for the gate ${waitingFor.slice(5)}${waits}.`;
  switch (waitingFor) {
    case 'requests':
      return `It waits for more requests${waits}.${estimate}`;
    case 'approval': {
      const next = run?.steps[run.step + 1];
      return next === undefined
        ? `It waits to be approved${waits}.`
        : `The evidence is in; ${weight(next.weight)} waits for a person${waits}.`;
    }
    case 'freeze':
      return `It is frozen: ${freeze?.reason ?? 'advances are held'}${waits}.`;
    case 'blind':
      return `The figures stopped coming${waits}: are there visitors, does the hub answer?`;
    case 'mismatch':
      return `Visitors are not drawn as the weights say${waits}: what stands before Weir?`;
    case 'hand-weight':
      return `A weight was written by hand${waits}. Resume to take the plan’s, or roll back.`;
    case 'settle':
      return 'The weight it has set is still reaching every place.';
    default:
      return verdict?.text ?? '';
  }
}

/** A rollout with a plan in a sentence, for the list and the tab; undefined without anything to say of one. */
export function deliverySituation(delivery: DeliveryStatus, now: number): Situation | undefined {
  if (!hasDelivery(delivery) || delivery.phase === 'idle') return undefined;
  const { safe, doing, wants } = answersOf(delivery, now);
  const isSettled = delivery.phase === 'rolled-back';
  const tones = isSettled ? [wants.tone] : [safe.tone, wants.tone];
  const needs = wants.text === 'Nothing' ? '' : ` It wants: ${lowerFirst(wants.text)}.`;
  return {
    key: [delivery.phase, delivery.run?.step, delivery.waitingFor, delivery.verdict?.kind].join(' '),
    tone: (['bad', 'attention', 'quiet'] as const).find(tone => tones.includes(tone)) ?? 'good',
    short: shortOf(delivery),
    text: `${doing.text}.${isSettled || safe.text === 'Yes' ? '' : ` Safe? ${safe.text}.`}${needs}`,
  };
}

function shortOf({ phase, verdict, waitingFor, distrust }: DeliveryStatus): string {
  if (isOpen(phase) && verdict?.kind === 'fail') return 'fails';
  if (phase === 'paused' || phase === 'adopting' || phase === 'completed') return phase;
  if (phase === 'rolled-back') return 'rolled back';
  if (waitingFor === 'approval') return 'waits for approval';
  if (waitingFor === 'blind' || waitingFor === 'mismatch') return waitingFor;
  if (waitingFor === 'hand-weight') return 'weight by hand';
  return distrust === null ? '' : 'automatic rollback off';
}

/** Whether someone has to do something before it goes on. @param now milliseconds since 1970 */
export function needsPerson(delivery: DeliveryStatus, now: number): boolean {
  return wants(delivery, now).tone === 'attention' || (isOpen(delivery.phase) && delivery.distrust !== null);
}

/** Seconds. */
export function holdOf(steps: readonly { readonly holdSeconds: number }[]): number {
  return steps.reduce((sum, { holdSeconds }) => sum + holdSeconds, 0);
}

export function atLeast(seconds: number): string {
  return `${duration(seconds * 1000)} at the earliest`;
}

export function age(iso: string, now: number): string {
  return duration(Math.max(0, now - Date.parse(iso)));
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  // `4xx answers` stays, `All together` becomes `all together`.
  return text.charAt(0).toLowerCase() + text.slice(1);
}
