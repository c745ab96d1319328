/**
 * A plan over recorded intervals: what it would have decided, by the same judge and the same transition
 * as live. The traffic is as it was recorded, at the weights of then; steps, holds and verdicts are the
 * plan's. People and gates are taken to say yes at once, and KV to be everywhere at once.
 */
import type { Interval } from '../analysis/interval.ts';
import { judge } from '../analysis/judge.ts';
import type { JudgeSettings } from '../analysis/settings.ts';
import { restartAdvance, startJudging, type JudgeState } from '../analysis/state.ts';
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Rollout } from '../rollout/compile.ts';
import type { Actor } from '../rollout/control.ts';
import { documentFacts } from './document-facts.ts';
import type { Effect } from './effect.ts';
import type { DeliveryEvent, Facts, Look } from './event.ts';
import { judgeSettings, momentOf } from './judge-settings.ts';
import type { Phase, WaitingFor } from './phase.ts';
import type { Plan } from './plan.ts';
import { recordedOf, type Recorded } from './recorded.ts';
import type { Decision, StepReport } from './report.ts';
import { initialState, type DeliveryState, type DocumentFacts } from './state.ts';
import { transition } from './transition.ts';

export interface Replay {
  /** Whom it judged: what the plan names, as the document has it. */
  readonly candidate: { readonly name: string; readonly version: string | null; readonly hash: string };
  /** What the recording has of others. */
  readonly leftOut: Recorded['leftOut'];
  readonly phase: Phase;
  readonly waitingFor: WaitingFor | null;
  /** Why it ended, if it did. */
  readonly reason: string | null;
  /** Of the last look; null if there was none. */
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
  readonly steps: readonly StepReport[];
  readonly decisions: readonly Decision[];
}

/** Live, it looks every 2 s also when nothing arrives; here that often where nothing was recorded. */
const LOOK_MS = 10_000;
/** A longer gap is two recordings rather than silence. */
const MAX_GAP_MS = 3_600_000;

const STARTER: Actor = { by: 'replay', channel: 'cli' };
/** Somebody else, where a step asks for that. */
const APPROVER: Actor = { by: 'replay: approver', channel: 'cli' };
const SETTLED: Facts = { isSettled: true, isHeard: true, versions: {}, otherGenerationAt: null, quietMs: 0 };

/**
 * @param text the document that `rollout` was compiled from
 * @param recording oldest first, at least one
 */
export function replay(rollout: Rollout, plan: Plan, text: string, recording: readonly Interval[]): Replay {
  const document = documentFacts(rollout, text);
  const { hash, wire } = document.candidates[plan.candidate]!;
  const { intervals, leftOut } = recordedOf(recording, plan.candidate, hash);
  const course = new Course(rollout, plan, document, intervals[0]?.from ?? 0);
  for (const interval of intervals) {
    const gap = interval.from - course.now;
    if (gap <= MAX_GAP_MS)
      while (course.isOpen && course.now + LOOK_MS < interval.from) course.look(course.now + LOOK_MS, null);
    if (!course.isOpen) break;
    course.look(interval.to, interval);
  }
  const { phase, run } = course.state;
  return {
    candidate: { name: plan.candidate, version: wire.version ?? null, hash },
    leftOut,
    phase,
    waitingFor: run?.waitingFor ?? null,
    reason: run?.reason ?? null,
    verdict: course.last?.verdict ?? null,
    evidence: course.last?.evidence ?? [],
    steps: run?.steps ?? [],
    decisions: run?.decisions ?? [],
  };
}

/** The controller's part, without its storage. */
class Course {
  state: DeliveryState;
  last: Look | null = null;
  now: number;
  readonly #settings: JudgeSettings;
  #judge: JudgeState;
  #events = 0;

  constructor(rollout: Rollout, plan: Plan, document: DocumentFacts, from: number) {
    this.now = from;
    this.state = initialState(rollout.name);
    this.#settings = judgeSettings(plan, null, rollout.sticky);
    this.#judge = startJudging(this.#settings);
    this.#apply({ kind: 'document', key: this.#key(), document, actor: STARTER });
    const probe = { answers: true, text: 'not asked in a replay' };
    this.#apply({
      kind: 'command',
      key: this.#key(),
      command: { verb: 'start' },
      actor: STARTER,
      probe,
      look: null,
    });
    // The first weight is set at once: nothing was recorded before it.
    this.look(from, null);
  }

  get isOpen(): boolean {
    return this.state.phase === 'progressing' || this.state.phase === 'baking';
  }

  look(now: number, interval: Interval | null): void {
    this.now = Math.max(this.now, now);
    const { run } = this.state;
    const moment =
      run === null ? null : momentOf(this.state, run, this.now, { unreadableSince: null, excluded: [] });
    if (moment !== null) {
      const judgement = judge(this.#judge, interval, this.#settings, moment);
      this.#judge = judgement.state;
      this.last = judgement;
    }
    this.#apply({ kind: 'tick', look: moment === null ? null : this.last, facts: SETTLED });
    if (this.state.run?.waitingFor === 'approval') {
      const command = { verb: 'approve' } as const;
      this.#apply({
        kind: 'command',
        key: this.#key(),
        command,
        actor: APPROVER,
        probe: null,
        look: this.last,
      });
    }
  }

  #apply(event: DeliveryEvent): void {
    const { state, effects } = transition(this.state, event, this.now);
    this.state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    if (effect.kind === 'restart-judge')
      this.#judge = effect.what === 'start' ? startJudging(this.#settings) : restartAdvance(this.#judge);
    else if (effect.kind === 'ask-gate')
      this.#apply({ kind: 'gate-answer', key: effect.key, passes: true, answer: 'not asked in a replay' });
  }

  #key(): string {
    this.#events++;
    return `replay ${this.#events}`;
  }
}
