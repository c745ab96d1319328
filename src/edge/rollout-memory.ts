/**
 * What an isolate remembers of one rollout. The last good document and weight stay whatever KV
 * does; where an isolate has none of its own, the controller's are asked for, once.
 */
import { absorb, type Active, type Reading, type Stored } from '../core/rollout/active.ts';
import type { Slot } from '../core/rollout/control.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import type { KeyedProblem } from '../core/rollout/problem.ts';
import { secretsOf } from '../core/rollout/secrets.ts';
import { documentOfVariables, type Env } from './env.ts';
import { attempt, within } from './waiting.ts';

const CONTROLLER_TIMEOUT_MS = 5000;

/** By slot, the text in KV that was refused. */
type BadValues = Readonly<Partial<Record<Slot, string | undefined>>>;

export class RolloutMemory {
  readonly name: string;
  active: Active | undefined;
  problems: readonly KeyedProblem[] = [];
  /** Refused readings that no batch has reported yet. */
  configErrors = 0;
  /** When the newest reading that was taken had begun. */
  #takenSince = 0;
  /** Whether the controller has answered with its last good values. */
  #asked = false;
  /** The last document that was refused: it isn't compiled anew with every reading. */
  #refused: { readonly text: string; readonly problems: readonly KeyedProblem[] } | undefined;
  /** The bad values of the last reading, and those that the controller was asked about: it may know of later good ones. */
  #bad: BadValues = {};
  #askedAbout: BadValues = {};
  readonly #reported: Partial<Record<Slot, string>> = {};

  constructor(name: string) {
    this.name = name;
  }

  /** Whether nothing that is still under way could change what a first request gets. */
  isComplete(env: Env): boolean {
    if (this.active === undefined) return false;
    return this.#asked || (this.active.weight !== null && !this.#isFromVariables(env));
  }

  /**
   * Takes what KV held; only what is valid changes anything.
   * @param since when the reading began: one that began before another that was taken is old news
   */
  take(reading: Reading, since: number, env: Env): void {
    if (since < this.#takenSince) return;
    this.#takenSince = since;
    const isKnown = reading.document !== null && reading.document.text === this.#refused?.text;
    const news = isKnown ? { ...reading, document: null } : reading;
    const { active, problems } = absorb(this.name, this.active, news, secretsOf(env));
    this.active = active ?? this.#ofVariables(reading.weight, env);
    this.problems = isKnown ? [...(this.#refused?.problems ?? []), ...problems] : problems;
    if (this.problems.length > 0) this.configErrors++;
    const ofDocument = this.problems.filter(({ key }) => key === `rollout:${this.name}`);
    this.#refused =
      reading.document === null || ofDocument.length === 0
        ? undefined
        : { text: reading.document.text, problems: ofDocument };
    const isBad = (slot: string): boolean => problems.some(({ key }) => key === `${slot}:${this.name}`);
    this.#bad = {
      document: this.#refused?.text,
      weight: isBad('weight') ? reading.weight?.text : undefined,
    };
  }

  /**
   * Fills what neither memory nor KV gives from the controller, the first time it answers, and once
   * for every bad value: what was good before it may be later than what is remembered here.
   */
  async fillFromController(env: Env): Promise<void> {
    const { document, weight } = this.#bad;
    const isDocumentBad = document !== undefined && document !== this.#askedAbout.document;
    const isWeightBad = weight !== undefined && weight !== this.#askedAbout.weight;
    if (!isDocumentBad && !isWeightBad && (this.isComplete(env) || this.#asked)) return;
    const kept = await attempt(`asking the controller of ${this.name}`, () =>
      within(CONTROLLER_TIMEOUT_MS, env.ROLLOUT_CONTROLLER.getByName(this.name).lastGood()),
    );
    if (kept === undefined) return;
    this.#asked = true;
    this.#askedAbout = { document, weight };
    // A value may have come from KV meanwhile: that one is newer.
    const isDocumentMissing = this.active === undefined || this.#isFromVariables(env);
    // What was put is later than what was read; of two weights by hand, nobody can tell.
    const isDocumentNews = isDocumentBad && kept.document?.revision !== undefined;
    const isWeightNews =
      isWeightBad && kept.weight?.revision !== undefined && this.active?.weight?.revision !== undefined;
    const missing: Reading = {
      document: isDocumentMissing || isDocumentNews ? kept.document : null,
      weight: this.active?.weight == null || isWeightNews ? kept.weight : null,
    };
    const filled = absorb(this.name, this.active, missing, secretsOf(env), 'last good');
    if (filled.active !== undefined) this.active = filled.active;
    // Run on variables alone, with a weight that was put: KV can't have a document that the
    // controller doesn't know of, or only since this very moment.
    else if (kept.weight !== null) this.active = this.#ofVariables(kept.weight, env);
  }

  /** Tells the controller of good values that carry no revision: someone wrote them by hand. */
  async reportHandWritten(reading: Reading, env: Env): Promise<void> {
    const values: Partial<Record<Slot, string>> = {};
    const note = (slot: Slot, stored: Stored | null, active: Stored | null | undefined): void => {
      const isNews = stored !== null && stored.revision === undefined && stored.text !== this.#reported[slot];
      if (isNews && active?.text === stored.text) values[slot] = stored.text;
    };
    note('document', reading.document, this.active?.document);
    note('weight', reading.weight, this.active?.weight);
    if (values.document === undefined && values.weight === undefined) return;
    const accepted = await attempt(`reporting ${this.name}`, () =>
      within(
        CONTROLLER_TIMEOUT_MS,
        env.ROLLOUT_CONTROLLER.getByName(this.name).reportHandWritten(this.name, values),
      ),
    );
    // What the controller would not have yet is told again with the next reading.
    for (const slot of accepted ?? []) Object.assign(this.#reported, { [slot]: values[slot] });
  }

  /** `STABLE_ORIGIN` and `CANARY_ORIGIN`, which hold only while there is no document. */
  #ofVariables(weight: Stored | null, env: Env): Active | undefined {
    const text = this.name === DEFAULT_ROLLOUT ? documentOfVariables(env) : undefined;
    if (text === undefined) return undefined;
    return absorb(this.name, undefined, { document: { text }, weight }, secretsOf(env)).active;
  }

  #isFromVariables(env: Env): boolean {
    return this.name === DEFAULT_ROLLOUT && this.active?.document.text === documentOfVariables(env);
  }
}
