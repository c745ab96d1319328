/** What is in force for a rollout as its controller knows it: the last good document, else the variables'. */
import type { DeliveryState, Run, Shares } from '../core/delivery/state.ts';
import { limitsAt, shareOf } from '../core/delivery/run.ts';
import { compileDocument, type Rollout } from '../core/rollout/compile.ts';
import type { Cap } from '../core/rollout/cap.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import { secretsOf, type Secrets } from '../core/rollout/secrets.ts';
import { layOut } from '../core/rollout/split.ts';
import { documentOfVariables, type OriginVariables } from '../core/rollout/variables.ts';
import { readKept } from './controller-store.ts';

export interface Document {
  readonly rollout: Rollout;
  readonly text: string;
}

export class InForce {
  readonly #sql: SqlStorage;
  readonly #variables: OriginVariables;
  readonly #secrets: Secrets;
  #known: Document | undefined;

  constructor(sql: SqlStorage, env: OriginVariables) {
    this.#sql = sql;
    this.#variables = env;
    this.#secrets = secretsOf(env);
  }

  document(name: string): Document | undefined {
    const text =
      readKept(this.#sql, 'document')?.text ??
      (name === DEFAULT_ROLLOUT ? documentOfVariables(this.#variables) : undefined);
    if (text === undefined) return undefined;
    if (this.#known?.text !== text) {
      const compiled = compileDocument(text, name, this.#secrets);
      this.#known = compiled.ok ? { rollout: compiled.value, text } : undefined;
    }
    return this.#known;
  }

  /** As isolates compute it, with these weights under this cap; undefined without a document. */
  generation(name: string, shares: Shares, cap: Cap): string | undefined {
    const document = this.document(name);
    if (document === undefined) return undefined;
    return layOut(document.rollout, document.text, new Map(Object.entries(shares)), cap).generation;
  }

  /** Those that a run brings about itself: one for each of its steps, and that of its weight now. */
  generationsOf(name: string, state: DeliveryState, run: Run): string[] {
    const ofSteps = run.plan.steps.map((_, step) => {
      const share = shareOf(run.plan, step);
      const limits = limitsAt(state, run, share);
      return this.generation(name, { [run.candidate]: share }, { sequence: 0, run: run.id, limits });
    });
    return [...ofSteps, this.generation(name, state.shares, state.cap)].filter(one => one !== undefined);
  }
}
