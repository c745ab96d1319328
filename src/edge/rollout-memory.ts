/**
 * What an isolate remembers of one rollout. The last good document and weight stay whatever KV
 * does; where an isolate has none of its own, the controller's are asked for, once.
 */
import { absorb, withCap, type Active, type Reading, type Stored } from '../core/rollout/active.ts';
import { NO_CAP, type Cap } from '../core/rollout/cap.ts';
import type { Slot } from '../core/rollout/control.ts';
import { DEFAULT_ROLLOUT } from '../core/rollout/control.ts';
import type { KeyedProblem } from '../core/rollout/problem.ts';
import { secretsOf } from '../core/rollout/secrets.ts';
import { documentOfVariables } from '../core/rollout/variables.ts';
import type { Env } from './env.ts';
import { FlagMemory } from './flag-memory.ts';
import { attempt, within } from './waiting.ts';

const CONTROLLER_TIMEOUT_MS = 5000;
const HUB_TIMEOUT_MS = 5000;

const SLOTS = ['document', 'weight'] as const satisfies readonly Slot[];

export class RolloutMemory {
  readonly name: string;
  /** Of `flags:<name>`; they change nothing of the rollout. */
  readonly flags: FlagMemory;
  #active: Active | undefined;
  /** What the controller allows; the latest that was heard, from whomever. */
  #cap: Cap = NO_CAP;
  /** Whether the hub was heard since there was reason to doubt the cap. */
  #isCapKnown = false;
  #problems: readonly KeyedProblem[] = [];
  /** Refused readings that no batch has reported yet. */
  configErrors = 0;
  /** When the newest reading that was taken had begun. */
  #takenSince = 0;
  /** Whether the controller has answered with its last good values. */
  #asked = false;
  /** The last document that was refused: it isn't compiled anew with every reading. */
  #refused: { readonly text: string; readonly problems: readonly KeyedProblem[] } | undefined;
  /** Slots whose value in the last reading was bad. */
  #bad: readonly Slot[] = [];
  /** Whether what is in force is the variables', for want of a document. */
  #isFromVariables = false;
  /** By slot, the hand-written value in force that the controller has accepted. */
  readonly #reported: Partial<Record<Slot, string | undefined>> = {};

  constructor(name: string) {
    this.name = name;
    this.flags = new FlagMemory(name);
  }

  /** What the last reading held that is not in force, of the flags too. */
  get problems(): readonly KeyedProblem[] {
    const { problems } = this.flags;
    return problems.length === 0 ? this.#problems : [...this.#problems, ...problems];
  }

  get active(): Active | undefined {
    return this.#active;
  }

  #putInForce(active: Active | undefined): void {
    this.#active = active === undefined ? undefined : withCap(active, this.#cap);
  }

  /** Holds for the next request. One that arrives late never brings an earlier cap back. */
  takeCap(cap: Cap): void {
    this.#isCapKnown = true;
    if (cap.sequence <= this.#cap.sequence) return;
    this.#cap = cap;
    this.#putInForce(this.#active);
  }

  /** Asks the hub what is allowed, where that may be less than KV's weight; without an answer that holds. */
  async fillCap(env: Env): Promise<void> {
    if (this.#isCapKnown || this.#active === undefined) return;
    if (this.#active.rollout.plan === null && this.#cap === NO_CAP) return;
    const orders = await attempt(`asking the hub of ${this.name}`, () =>
      within(HUB_TIMEOUT_MS, env.METRICS_HUB.getByName(this.name).orders()),
    );
    if (orders === undefined) return;
    this.takeCap(orders.cap ?? NO_CAP);
    for (const list of orders.flagsOff) if (list.rollout === this.name) this.flags.takeOff(list);
  }

  /** After an idle spell nobody has told this isolate of a rollback. */
  fillCapAnew(env: Env): Promise<void> {
    this.#isCapKnown = false;
    return this.fillCap(env);
  }

  /** Whether nothing that is still under way could change what a first request gets. */
  isComplete(): boolean {
    if (this.active === undefined) return false;
    return this.#asked || (this.active.weight !== null && !this.#isFromVariables);
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
    this.#putInForce(active);
    if (active === undefined) this.#takeVariables(reading.weight, env);
    this.#problems = isKnown ? [...(this.#refused?.problems ?? []), ...problems] : problems;
    this.flags.take(reading.flags);
    if (this.problems.length > 0) this.configErrors++;
    const ofDocument = this.#problems.filter(({ key }) => key === `rollout:${this.name}`);
    this.#refused =
      reading.document === null || ofDocument.length === 0
        ? undefined
        : { text: reading.document.text, problems: ofDocument };
    if (reading.document !== null && this.#refused === undefined) this.#isFromVariables = false;
    const isWeightBad = problems.some(({ key }) => key === `weight:${this.name}`);
    this.#bad = [
      ...(this.#refused === undefined ? [] : ['document' as const]),
      ...(isWeightBad ? ['weight' as const] : []),
    ];
    // What was put replaces what was written by hand: the same, by hand again, is news.
    for (const slot of SLOTS)
      if (this.active?.[slot]?.revision !== undefined) this.#reported[slot] = undefined;
    if (this.flags.stored?.revision !== undefined) this.#reported.flags = undefined;
  }

  /** Nobody has answered: the variables are all there is. */
  takeSilence(env: Env): void {
    if (this.active === undefined) this.#takeVariables(null, env);
  }

  /**
   * Fills what neither memory nor KV gives from the controller, the first time it answers; and as long
   * as KV holds a bad value, asks with every reading whether a later one was put meanwhile.
   */
  async fillFromController(env: Env): Promise<void> {
    const isComplete = this.#asked || (this.isComplete() && this.flags.isPresent);
    if (this.#bad.length === 0 && !this.flags.isBad && isComplete) return;
    const kept = await attempt(`asking the controller of ${this.name}`, () =>
      within(CONTROLLER_TIMEOUT_MS, env.ROLLOUT_CONTROLLER.getByName(this.name).lastGood()),
    );
    if (kept === undefined) return;
    this.#asked = true;
    this.flags.fill(kept.flags);
    // A value may have come from KV meanwhile: that one is newer.
    const isDocumentMissing = this.active === undefined || this.#isFromVariables;
    const missing: Pick<Reading, 'document' | 'weight'> = {
      document: isDocumentMissing || this.#isLater('document', kept) ? kept.document : null,
      weight: this.active?.weight == null || this.#isLater('weight', kept) ? kept.weight : null,
    };
    const filled = absorb(this.name, this.active, missing, secretsOf(env), 'last good');
    if (missing.document !== null && filled.active !== undefined) this.#isFromVariables = false;
    if (filled.active !== undefined) this.#putInForce(filled.active);
    // Run on variables alone, with a weight that was put: KV can't have a document that the
    // controller doesn't know of, or only since this very moment.
    else if (kept.weight !== null) this.#takeVariables(kept.weight, env);
  }

  /**
   * Whether the controller's value was put after the one in force here. Of one that was written by hand
   * that is known only if the controller had accepted it before; else it may be the later one.
   */
  #isLater(slot: (typeof SLOTS)[number], kept: Reading): boolean {
    const [here, there] = [this.active?.[slot], kept[slot]];
    if (!this.#bad.includes(slot) || here == null || there?.revision === undefined) return false;
    return here.revision !== undefined ? there.revision > here.revision : this.#reported[slot] === here.text;
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
    note('flags', reading.flags, this.flags.stored);
    if (Object.keys(values).length === 0) return;
    const reply = await attempt(`reporting ${this.name}`, () =>
      within(
        CONTROLLER_TIMEOUT_MS,
        env.ROLLOUT_CONTROLLER.getByName(this.name).reportHandWritten(this.name, values),
      ),
    );
    // What the controller would not have yet is told again with the next reading.
    if (reply?.cap != null) this.takeCap(reply.cap);
    for (const slot of reply?.accepted ?? []) Object.assign(this.#reported, { [slot]: values[slot] });
  }

  /** `STABLE_ORIGIN` and `CANARY_ORIGIN`, which hold only while there is no document. */
  #takeVariables(weight: Stored | null, env: Env): void {
    const text = this.name === DEFAULT_ROLLOUT ? documentOfVariables(env) : undefined;
    if (text === undefined) return;
    this.#putInForce(absorb(this.name, undefined, { document: { text }, weight }, secretsOf(env)).active);
    this.#isFromVariables = true;
  }
}
