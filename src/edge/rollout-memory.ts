/**
 * What an isolate remembers of one rollout. The last good document and weight stay whatever KV
 * does; where an isolate has none of its own, the controller's are asked for, once.
 */
import { absorb, type Active, type Reading, type Stored } from '../core/rollout/active.ts';
import { DEFAULT_ROLLOUT, INDEX } from '../core/rollout/control.ts';
import type { KeyedProblem } from '../core/rollout/problem.ts';
import { documentOfVariables, secretsOf, type Env } from './env.ts';
import { attempt, within } from './waiting.ts';

const CONTROLLER_TIMEOUT_MS = 5000;

export class RolloutMemory {
  readonly name: string;
  active: Active | undefined;
  problems: readonly KeyedProblem[] = [];
  /** Refused readings that no batch has reported yet. */
  configErrors = 0;
  /** Whether the controller has answered with its last good values. */
  #asked = false;
  readonly #reported: { document?: string; weight?: string } = {};

  constructor(name: string) {
    this.name = name;
  }

  /** Takes what KV held; only what is valid changes anything. */
  take(reading: Reading, env: Env): void {
    const absorbed = absorb(this.name, this.active, this.#orVariables(reading, env), secretsOf(env));
    this.active = absorbed.active;
    this.problems = absorbed.active === undefined ? absorbed.problems : absorbed.active.problems;
    if (this.problems.length > 0) this.configErrors++;
  }

  /** Fills what neither memory nor `reading` gives from the controller, the first time it answers. */
  async fillFromController(reading: Reading | undefined, env: Env): Promise<void> {
    if (this.#asked || (this.active !== undefined && this.active.weight !== null)) return;
    const kept = await attempt(
      `asking the controller of ${this.name}`,
      within(CONTROLLER_TIMEOUT_MS, this.#askController(reading, env)),
    );
    if (kept === undefined) return;
    this.#asked = true;
    // A value may have come from KV meanwhile: that one is newer.
    const missing: Reading = {
      document: this.active === undefined || this.#isFromVariables(env) ? kept.document : null,
      weight: this.active?.weight == null ? kept.weight : null,
    };
    const filled = absorb(this.name, this.active, missing, secretsOf(env));
    if (filled.active !== undefined) this.active = { ...filled.active, problems: this.problems };
  }

  /** Tells the controller of good values that carry no revision: someone wrote them by hand. */
  async reportHandWritten(reading: Reading, env: Env): Promise<void> {
    const values: { document?: string; weight?: string } = {};
    const inForce = (stored: Stored | null, active: Stored | null | undefined) =>
      stored !== null && stored.revision === undefined && active?.text === stored.text;
    if (
      inForce(reading.document, this.active?.document) &&
      this.#reported.document !== reading.document?.text
    ) {
      values.document = reading.document?.text ?? '';
    }
    if (inForce(reading.weight, this.active?.weight) && this.#reported.weight !== reading.weight?.text) {
      values.weight = reading.weight?.text ?? '';
    }
    if (values.document === undefined && values.weight === undefined) return;
    const controller = env.ROLLOUT_CONTROLLER.getByName(this.name);
    const told = await attempt(
      `reporting ${this.name}`,
      within(
        CONTROLLER_TIMEOUT_MS,
        controller.reportHandWritten(this.name, values).then(() => true),
      ),
    );
    if (told === true) Object.assign(this.#reported, values);
  }

  async #askController(reading: Reading | undefined, env: Env): Promise<Reading> {
    const nothing: Reading = { document: null, weight: null };
    // Any client can make up host names: only the registry may be asked about those, or each would
    // wake an object of its own.
    if (this.name !== DEFAULT_ROLLOUT && (reading?.document ?? null) === null && this.active === undefined) {
      if (!(await env.METRICS_HUB.getByName(INDEX).knows(this.name))) return nothing;
    }
    return env.ROLLOUT_CONTROLLER.getByName(this.name).lastGood();
  }

  #orVariables(reading: Reading, env: Env): Reading {
    if (reading.document !== null || this.active !== undefined || this.name !== DEFAULT_ROLLOUT)
      return reading;
    const text = documentOfVariables(env);
    return text === undefined ? reading : { ...reading, document: { text } };
  }

  #isFromVariables(env: Env): boolean {
    return this.name === DEFAULT_ROLLOUT && this.active?.document.text === documentOfVariables(env);
  }
}
