/** Other programs are asked before a weight rises. They hold an advance, and never a rollback. */
import type { Draft } from './draft.ts';
import { decide } from './journal.ts';
import type { Gate, Plan } from './plan.ts';
import { isLast, openRun, shareOf } from './run.ts';
import type { Run } from './state.ts';
import { bounded } from './words.ts';

/** A gate that holds, or hasn't answered, is asked again after so long. */
const ASK_AGAIN_MS = 30_000;
const MAX_ANSWER = 200;

/** Positions in the plan's gates of those that are asked before a step's weight is set. */
function gatesBefore(plan: Plan, step: number): number[] {
  const places = new Set<Gate['before']>(['step']);
  if (step === 0) places.add('start');
  if (step === plan.steps.length - 1) places.add('promotion');
  return plan.gates.flatMap(({ before }, position) => (places.has(before) ? [position] : []));
}

/** @returns the first gate that holds the next step; undefined if all let it pass */
export function closedGate(run: Run, step: number): Gate | undefined {
  const position = gatesBefore(run.plan, step).find(gate => run.gates[gate]?.passes !== true);
  return position === undefined ? undefined : run.plan.gates[position];
}

/** Asks those that are due. */
export function askGates(draft: Draft, step: number): void {
  const { run } = draft.state;
  if (run === null) return;
  for (const position of gatesBefore(run.plan, step)) ask(draft, step, position);
}

function ask(draft: Draft, step: number, position: number): void {
  const { run, rollout } = draft.state;
  const gate = run?.plan.gates[position];
  if (run === null || gate === undefined) return;
  const asked = run.gates[position];
  if (asked?.passes === true) return;
  if (asked !== undefined && draft.now - asked.askedAt < ASK_AGAIN_MS) return;
  // The same question again has the same key for the gate: one step, one deployment to approve.
  const question = {
    rollout,
    before: gate.before,
    step: step + 1,
    weight: shareOf(run.plan, step) / 1000,
    candidate: run.candidate,
    version: run.version,
    idempotencyKey: `${rollout}:${run.id}:${run.gateRound}:${position}`,
  };
  const key = draft.emit({ kind: 'ask-gate', url: gate.url, question });
  draft.patchRun({
    gates: {
      ...run.gates,
      [position]: { key, askedAt: draft.now, passes: asked?.passes ?? null, answer: asked?.answer ?? '' },
    },
  });
}

/** A gate has answered. An answer to a question of an earlier step, or run, changes nothing. */
export function hearGate(draft: Draft, key: string, passes: boolean, answer: string): void {
  const run = openRun(draft.state);
  if (run === null) return;
  const position = Object.keys(run.gates).find(gate => run.gates[Number(gate)]?.key === key);
  const asked = position === undefined ? undefined : run.gates[Number(position)];
  if (position === undefined || asked === undefined) return;
  const said = bounded(answer, MAX_ANSWER);
  draft.patchRun({ gates: { ...run.gates, [position]: { ...asked, passes, answer: said } } });
  if (passes === asked.passes && said === asked.answer) return;
  const url = run.plan.gates[Number(position)]?.url ?? '';
  const text = `the gate ${hostOf(url)} ${passes ? 'lets pass' : 'holds'}: ${said}`;
  draft.audit('gate', text);
  decide(draft, text);
}

/** Host of an address as it is shown: the rest of the URL may be a secret. */
export function hostOf(url: string): string {
  if (url.startsWith('$secret:')) return url;
  return /^https?:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1] ?? 'unknown';
}

/** What the gates said that hold now, for people. */
export function gateAnswer(run: Run): string | null {
  const next = isLast(run) ? run.step : run.step + 1;
  const closed = gatesBefore(run.plan, next).map(position => run.gates[position]);
  return closed.find(gate => gate?.passes === false)?.answer ?? null;
}
