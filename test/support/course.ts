/** Drives the transition as its controller does: keeps the state, carries out effects in a log, lets time pass. */
import type { Verdict, VerdictKind } from '../../src/core/analysis/verdict.ts';
import { compileDocument } from '../../src/core/rollout/compile.ts';
import type { Actor } from '../../src/core/rollout/control.ts';
import { documentFacts, withStable } from '../../src/core/delivery/document-facts.ts';
import type { Answer, Effect, EffectBody } from '../../src/core/delivery/effect.ts';
import type { DeliveryEvent, Facts, Look, Probe } from '../../src/core/delivery/event.ts';
import type { Command } from '../../src/core/delivery/phase.ts';
import { initialState, type DeliveryState, type DocumentFacts } from '../../src/core/delivery/state.ts';
import { transition, type Transition } from '../../src/core/delivery/transition.ts';
import { noSecrets } from './documents.ts';

export const START = Date.UTC(2026, 10, 23, 12, 0, 0);
export const MINUTE = 60_000;
export const ANN: Actor = { by: 'ann', channel: 'cli' };
export const BOB: Actor = { by: 'bob', channel: 'api' };

export const STEPS = [
  { weight: 1, hold: '5m' },
  { weight: 25, hold: '10m' },
  { weight: 100, hold: '1h' },
];

/** A document with a plan of three steps. */
export function planned(plan: object | null = {}, candidate: object = {}, more: object = {}): string {
  return JSON.stringify({
    variants: {
      stable: { origin: 'https://stable.example' },
      canary: { origin: 'https://canary.example', version: '1', ...candidate },
    },
    ...(plan === null ? {} : { plan: { steps: STEPS, ...plan } }),
    ...more,
  });
}

export function factsOf(text: string): DocumentFacts {
  const compiled = compileDocument(text, 'default', noSecrets);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return documentFacts(compiled.value, text);
}

export function verdictOf(kind: VerdictKind, more: Partial<Verdict> = {}): Verdict {
  return { kind, text: `it is ${kind}`, ...more };
}

export function lookOf(kind: VerdictKind, more: Partial<Look> = {}): Look {
  return {
    verdict: verdictOf(kind),
    evidence: [],
    waitsFor: kind === 'pass' ? null : 'requests',
    progress: null,
    distrust: null,
    pages: [],
    ...more,
  };
}

const SETTLED: Facts = {
  isSettled: true,
  isHeard: true,
  versions: {},
  otherGenerationAt: null,
  quietMs: 2 * MINUTE,
};

export class Course {
  state: DeliveryState = initialState('default');
  now = START;
  readonly effects: Effect[] = [];
  /** Document in force, as the controller keeps it. */
  text: string;
  look: Look | null = null;
  #keys = 0;

  constructor(text: string | null = planned()) {
    this.text = text ?? '';
    if (text !== null) this.put(text);
  }

  apply(event: DeliveryEvent): Transition {
    const result = transition(this.state, event, this.now);
    this.state = result.state;
    this.effects.push(...result.effects);
    for (const effect of result.effects) {
      if (effect.kind !== 'write-document') continue;
      this.put(withStable(this.text, effect.stable));
      this.apply({ kind: 'written', key: effect.key });
    }
    return result;
  }

  put(text: string, actor: Actor = ANN): Transition {
    const key = this.#key();
    const result = this.apply({ kind: 'document', key, document: factsOf(text), actor });
    if (result.answer?.kind === 'done') this.text = text;
    return result;
  }

  /** A probe that is asked for finds an answer, unless told otherwise. */
  say(command: Command, actor: Actor = ANN, probe: Probe = { answers: true, text: '200' }): Answer {
    const event = { kind: 'command' as const, command, actor, look: this.look };
    const first = this.apply({ ...event, key: this.#key(), probe: null }).answer;
    const answer = first?.kind === 'probe' ? this.apply({ ...event, key: this.#key(), probe }).answer : first;
    if (answer === null) throw new Error('a command is answered');
    return answer;
  }

  tick(look: Look | VerdictKind | null = 'pass', facts: Partial<Facts> = {}): Transition {
    this.look = typeof look === 'string' ? lookOf(look) : look;
    return this.apply({ kind: 'tick', look: this.look, facts: { ...SETTLED, ...facts } });
  }

  /** Looks every minute, and once at the end. */
  pass(ms: number, look: Look | VerdictKind | null = 'pass', facts: Partial<Facts> = {}): void {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, this.now + MINUTE);
      this.tick(look, facts);
    }
  }

  byHand(shares: Readonly<Record<string, number>>): Transition {
    return this.apply({ kind: 'hand-weight', key: this.#key(), shares });
  }

  /** The candidate's weight in the split, in percent: KV's, under the cap. */
  get weight(): number {
    const share = this.state.shares['canary'] ?? 0;
    return Math.min(share, this.state.cap.limits['canary']?.share ?? share) / 1000;
  }

  /** The last run; there must be one. */
  get run() {
    if (this.state.run === null) throw new Error('nothing was started');
    return this.state.run;
  }

  /** Effects of one kind since the last time, oldest first. */
  took<K extends EffectBody['kind']>(kind: K): Extract<Effect, { readonly kind: K }>[] {
    return this.effects.filter(
      (effect): effect is Extract<Effect, { readonly kind: K }> => effect.kind === kind,
    );
  }

  /** Names of the notifications so far. */
  get told(): string[] {
    return this.took('notify').map(({ notification }) => notification.event);
  }

  #key(): string {
    this.#keys++;
    return `event ${this.#keys}`;
  }
}

export function started(plan: object = {}, candidate: object = {}): Course {
  const course = new Course(planned(plan, candidate));
  course.say({ verb: 'start' });
  course.tick(null);
  return course;
}

/** At 25 %, its hold just begun. */
export function atSecondStep(plan: object = {}): Course {
  const course = started(plan);
  course.pass(5 * MINUTE);
  return course;
}

/** At the last step, its hold just begun. */
export function baking(plan: object = {}): Course {
  const course = atSecondStep(plan);
  course.pass(10 * MINUTE);
  return course;
}

export function completed(plan: object = {}): Course {
  const course = baking(plan);
  course.pass(60 * MINUTE);
  return course;
}
