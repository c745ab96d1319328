/**
 * One rollout that moves itself, in its controller: what people and documents say, what the looks find,
 * and what follows. Everything goes through the state machine (delivery-runner.ts) and is stored before
 * it is carried out.
 */
import type { Answer } from '../core/delivery/effect.ts';
import type { DeliveryEvent } from '../core/delivery/event.ts';
import { documentFacts, withVersion } from '../core/delivery/document-facts.ts';
import type { Command } from '../core/delivery/phase.ts';
import type { WireVariant } from '../core/delivery/state.ts';
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

/** Fact: hash of the document that the state machine was last told of. */
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

  /** Why a document would not be taken just now; undefined if it would. */
  refusesDocument(name: string, text: string, actor: Actor): string | undefined {
    const compiled = compileDocument(text, name, this.#secrets);
    if (!compiled.ok) return undefined;
    const document = documentFacts(compiled.value, text);
    const event: DeliveryEvent = { kind: 'document', key: 'asked', document, actor };
    const { answer } = transition(this.#store.state(name), event, Date.now());
    return answer?.kind === 'refused' ? answer.detail : undefined;
  }

  /** @param key of the wish: said twice, it is done once */
  async command(name: string, command: Command, actor: Actor, key: string): Promise<Answer> {
    this.catchUp(name);
    const refusal = command.verb === 'start' ? this.#setVersion(name, command.version, command, actor) : null;
    if (refusal !== null) return refusal;
    const event = (probed: { answers: boolean; text: string } | null): DeliveryEvent => ({
      kind: 'command',
      key,
      command,
      actor,
      probe: probed,
      look: this.#store.judging()?.look ?? null,
    });
    const { answer } = this.#runner.apply(name, event(null), Date.now());
    if (answer?.kind !== 'probe') return answer ?? NOTHING;
    const probed = await this.#probe(answer.target);
    return this.#runner.apply(name, event(probed), Date.now()).answer ?? NOTHING;
  }

  /** A new version is a new candidate: the document says so before the start, unless the start is refused. */
  #setVersion(name: string, version: string | undefined, command: Command, actor: Actor): Answer | null {
    const document = this.#inForce.document(name);
    const candidate = document?.rollout.plan?.candidate;
    if (version === undefined || document === undefined || candidate === undefined) return null;
    const text = withVersion(document.text, candidate, version);
    const compiled = compileDocument(text, name, this.#secrets);
    if (!compiled.ok) return { kind: 'invalid', problems: compiled.error };
    if (
      compiled.value.variants.every(
        (variant, i) => variant.candidate === document.rollout.variants[i]?.candidate,
      )
    )
      return null;
    const now = Date.now();
    const changed: DeliveryEvent = {
      kind: 'document',
      key: 'asked',
      document: documentFacts(compiled.value, text),
      actor,
    };
    const first = transition(this.#store.state(name), changed, now);
    const asked: DeliveryEvent = {
      kind: 'command',
      key: 'asked too',
      command,
      actor,
      probe: null,
      look: null,
    };
    const { answer } = transition(first.state, asked, now);
    for (const refused of [first.answer, answer]) if (refused?.kind === 'refused') return refused;
    this.#storage.transactionSync(() => {
      this.#values.put('document', text, actor);
      this.#tellDocument(name, actor);
    });
    return null;
  }

  #probe(target: WireVariant): Promise<{ answers: boolean; text: string }> {
    const reveal = (text: string): string =>
      text.startsWith('$secret:') ? (this.#secrets(text.slice('$secret:'.length)) ?? '').trim() : text;
    const headers = Object.entries(target.headers ?? {}).map(
      ([header, value]) => [header, reveal(value)] as const,
    );
    return probe({ origin: reveal(target.origin).replace(/\/$/, ''), headers });
  }
}

const NOTHING: Answer = { kind: 'done', message: 'Nothing to do.', changed: false };
