/**
 * One rollout that moves itself, in its controller: what people and documents say, what the looks find,
 * and what follows. Everything goes through the state machine (delivery-runner.ts) and is stored before
 * it is carried out.
 */
import { staleText } from '../core/delivery/adopting.ts';
import type { Answer } from '../core/delivery/effect.ts';
import type { DeliveryEvent, Probe } from '../core/delivery/event.ts';
import { documentFacts, withVersion } from '../core/delivery/document-facts.ts';
import type { Command } from '../core/delivery/phase.ts';
import type { CandidateFacts, WireVariant } from '../core/delivery/state.ts';
import { transition } from '../core/delivery/transition.ts';
import { compileDocument } from '../core/rollout/compile.ts';
import type { Actor } from '../core/rollout/control.ts';
import { secretsOf, type Secrets } from '../core/rollout/secrets.ts';
import { applicableWeights } from '../core/rollout/weights.ts';
import { readFact, readKept, writeFact } from './controller-store.ts';
import type { DeliveryRunner } from './delivery-runner.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { InForce } from './in-force.ts';
import { probe } from './probe.ts';
import { ITSELF, type RolloutValues } from './rollout-values.ts';

/** Fact: text of the document that the state machine was last told of. */
const TOLD = 'told-document';

export class Delivery {
  readonly #storage: DurableObjectStorage;
  readonly #values: RolloutValues;
  readonly #store: DeliveryStore;
  readonly #runner: DeliveryRunner;
  readonly #inForce: InForce;
  readonly #secrets: Secrets;

  constructor(
    storage: DurableObjectStorage,
    env: object,
    parts: {
      readonly values: RolloutValues;
      readonly store: DeliveryStore;
      readonly runner: DeliveryRunner;
      readonly inForce: InForce;
    },
  ) {
    this.#storage = storage;
    this.#values = parts.values;
    this.#store = parts.store;
    this.#runner = parts.runner;
    this.#inForce = parts.inForce;
    this.#secrets = secretsOf(env);
  }

  /** Whether there is anything of it here, the variables included. */
  isKnown(name: string): boolean {
    if (this.#inForce.document(name) !== undefined || this.#store.state(name).since !== null) return true;
    return (['document', 'weight'] as const).some(slot => readKept(this.#storage.sql, slot) !== null);
  }

  /** What the state machine doesn't know yet of document and weight: found by hand, or in variables. */
  catchUp(name: string, actor: Actor = ITSELF): readonly string[] {
    return this.#storage.transactionSync(() => {
      const notes = this.#tellDocument(name, actor);
      this.#tellWeight(name);
      return notes;
    });
  }

  /** @returns what it does, in sentences */
  #tellDocument(name: string, actor: Actor): readonly string[] {
    const document = this.#inForce.document(name);
    const { sql } = this.#storage;
    if (document === undefined || readFact(sql, TOLD) === document.text) return [];
    const now = Date.now();
    const key = `document:${readKept(sql, 'document')?.revision ?? 0}:${now}`;
    const facts = documentFacts(document.rollout, document.text);
    const { notes } = this.#runner.apply(name, { kind: 'document', key, document: facts, actor }, now);
    writeFact(sql, TOLD, document.text);
    return notes;
  }

  /** A weight without a revision is someone's hand-written one. */
  #tellWeight(name: string): void {
    const kept = readKept(this.#storage.sql, 'weight');
    const document = this.#inForce.document(name);
    if (kept === null || kept.revision !== 0 || document === undefined) return;
    const candidates = document.rollout.variants.slice(1).map(variant => variant.name);
    const weights = applicableWeights(kept.text, candidates);
    const shares = Object.fromEntries(candidates.map(candidate => [candidate, weights.get(candidate) ?? 0]));
    const key = `hand:${kept.at}:${kept.text}`;
    this.#runner.apply(name, { kind: 'hand-weight', key, shares }, Date.now());
  }

  /**
   * Why a document would not be taken just now; undefined if it would.
   * @param isConfirmed a person knows that it brings back a stable from before an adopt
   */
  refusesDocument(name: string, text: string, actor: Actor, isConfirmed: boolean): string | undefined {
    const compiled = compileDocument(text, name, this.#secrets);
    if (!compiled.ok) return undefined;
    const document = documentFacts(compiled.value, text);
    const event: DeliveryEvent = { kind: 'document', key: 'asked', document, actor };
    const state = this.#store.state(name);
    const { answer } = transition(state, event, Date.now());
    if (answer?.kind === 'refused') return answer.detail;
    return isConfirmed ? undefined : (staleText(state, document) ?? undefined);
  }

  /** @param key of the wish: said twice, it is done once */
  async command(name: string, command: Command, actor: Actor, key: string): Promise<Answer> {
    this.catchUp(name);
    const event: Asking = probed => ({
      kind: 'command',
      key,
      command,
      actor,
      probe: probed,
      look: this.#store.judging()?.look ?? null,
    });
    if (command.verb === 'start' && command.version !== undefined) {
      const answer = await this.#startVersion(name, command.version, actor, event);
      if (answer !== null) return answer;
    }
    const { answer } = this.#runner.apply(name, event(null), Date.now());
    if (answer?.kind !== 'probe') return answer ?? NOTHING;
    const probed = await this.#probe(answer.target);
    return this.#runner.apply(name, event(probed), Date.now()).answer ?? NOTHING;
  }

  /**
   * A new version is a new candidate. The document that says so sends its visitors back to stable, so that
   * is done together with the start, and only once the candidate has answered; or nothing is.
   * @returns null if the document has this version already
   */
  async #startVersion(name: string, version: string, actor: Actor, event: Asking): Promise<Answer | null> {
    const asked = this.#withVersion(name, version, actor);
    if (asked === null || asked.kind === 'invalid') return asked;
    const refused = this.#foreseen(name, asked, event(null));
    if (refused !== null) return refused;
    const { candidate, wire } = asked;
    const probed = await this.#probe(wire);
    if (!probed.answers)
      return {
        kind: 'refused',
        detail: `Nothing was started, and nothing was changed: ${candidate} gave no answer at ${wire.origin} (${probed.text}).`,
      };
    const found = this.#withVersion(name, version, actor);
    if (found === null || found.kind === 'invalid') return found;
    if (found.hash !== asked.hash)
      return { kind: 'refused', detail: 'Nothing was started: the document changed just now. Ask again.' };
    return this.#foreseen(name, found, event(probed)) ?? this.#startAs(name, found, event(probed));
  }

  /** Why document and start together would be refused; null if they wouldn't. */
  #foreseen(name: string, { changed }: Versioned, asked: DeliveryEvent): Answer | null {
    const now = Date.now();
    const first = transition(this.#store.state(name), changed, now);
    const second = transition(first.state, asked, now);
    return [first.answer, second.answer].find(answer => answer?.kind === 'refused') ?? null;
  }

  #startAs(name: string, { text, candidate, version, changed }: Versioned, asked: DeliveryEvent): Answer {
    return this.#storage.transactionSync(() => {
      const before = this.#runner.state(name).runs;
      this.#values.put('document', text, changed.actor);
      const notes = this.#tellDocument(name, changed.actor);
      // The document alone has begun it anew where a run was under way.
      const isRestarted = this.#runner.state(name).runs > before;
      const answer = this.#runner.apply(name, asked, Date.now()).answer ?? NOTHING;
      if (answer.kind !== 'done') return answer;
      if (isRestarted) {
        const message = `Restarted with ${candidate} version ${version}, from weight 0: step one follows when nothing holds it.`;
        return { kind: 'done', message, changed: true };
      }
      if (notes.length === 0) return answer;
      return { ...answer, message: `${answer.message} By the new version: ${notes.join('; ')}.` };
    });
  }

  /** The document with that version of its plan's candidate; null if there is none, or it says so already. */
  #withVersion(
    name: string,
    version: string,
    actor: Actor,
  ): Versioned | Extract<Answer, { kind: 'invalid' }> | null {
    const document = this.#inForce.document(name);
    const candidate = document?.rollout.plan?.candidate;
    if (document === undefined || candidate === undefined) return null;
    const text = withVersion(document.text, candidate, version);
    const compiled = compileDocument(text, name, this.#secrets);
    if (!compiled.ok) return { kind: 'invalid', problems: compiled.error };
    const facts = documentFacts(compiled.value, text);
    const found = facts.candidates[candidate];
    const before = document.rollout.variants.find(variant => variant.name === candidate);
    if (found === undefined || found.hash === before?.candidate) return null;
    const changed = { kind: 'document', key: 'asked', document: facts, actor } as const;
    return { kind: 'versioned', text, candidate, version, ...found, changed };
  }

  /** @returns a sentence, after a space, if the stable that everybody is sent to gives no answer */
  async doubtOfStable(name: string): Promise<string> {
    const stable = this.#store.state(name).document?.stable;
    if (stable === undefined) return '';
    const { answers, text } = await this.#probe(stable);
    return answers
      ? ''
      : ` It gave no answer just now (${text}): bring it up, or move on with \`weir start\`.`;
  }

  #probe(target: WireVariant): Promise<Probe> {
    const reveal = (text: string): string =>
      text.startsWith('$secret:') ? (this.#secrets(text.slice('$secret:'.length)) ?? '').trim() : text;
    const headers = Object.entries(target.headers ?? {}).map(
      ([header, value]) => [header, reveal(value)] as const,
    );
    return probe({ origin: reveal(target.origin).replace(/\/$/, ''), headers });
  }
}

/** The command as the state machine is told of it, with what a probe has found. */
type Asking = (probed: Probe | null) => DeliveryEvent;

interface Versioned extends CandidateFacts {
  readonly kind: 'versioned';
  readonly text: string;
  readonly candidate: string;
  readonly version: string;
  readonly changed: Extract<DeliveryEvent, { kind: 'document' }>;
}

const NOTHING: Answer = { kind: 'done', message: 'Nothing to do.', changed: false };
