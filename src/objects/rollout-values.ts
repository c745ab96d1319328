/**
 * The two values that make a rollout, and its flags, as their single writer keeps them: stored here first, with their
 * revision and who brought them, and written to KV behind that (kv-writer.ts). They are also the last
 * good values that a cold isolate asks for.
 */
import type { EffectBody } from '../core/delivery/effect.ts';
import type { FlagsChange } from '../core/flags/change.ts';
import { compileFlags } from '../core/flags/compile.ts';
import type { Reading, Stored } from '../core/rollout/active.ts';
import { compileDocument } from '../core/rollout/compile.ts';
import { storedOf, type Actor, type Kept, type PutResult, type Slot } from '../core/rollout/control.ts';
import { err, ok, unreachable, type Result } from '../core/result.ts';
import type { Problem } from '../core/rollout/problem.ts';
import { secretsOf, type Secrets } from '../core/rollout/secrets.ts';
import { parseWeights, parseWeightText } from '../core/rollout/weights.ts';
import { keep, readKept, readRevision, revisionFact, wasSuperseded, writeFact } from './controller-store.ts';
import { DocumentHistory } from './document-history.ts';
import type { FlagChanges } from './flag-changes.ts';
import { keyOf } from './kv-writer.ts';
import type { Unlike } from './settlement.ts';
import { within } from './waiting.ts';

export const SLOTS: readonly Slot[] = ['weight', 'document', 'flags'];
/** What a verb has to know of a rollout: the document before the weight that is for it. */
const OF_ROLLOUT: readonly Slot[] = ['document', 'weight'];
/** A look at what KV holds delays no change for longer. */
const KV_LOOK_MS = 1000;
/** Seconds; the platform allows no less. */
const LEAST_CACHE_TTL = 30;
const BY_HAND: Actor = { by: 'unknown', channel: 'kv' };

export interface ValuesEnv {
  readonly ROLLOUTS: KVNamespace;
  readonly STABLE_ORIGIN?: string;
  readonly CANARY_ORIGIN?: string;
}

/** Who moves what no person has moved. */
export const ITSELF: Actor = { by: 'weir', channel: 'controller' };

type Body<Kind> = Extract<EffectBody, { kind: Kind }>;

export type FlagsListener = (...change: Parameters<FlagChanges['tell']>) => void;

/** Why a value was not taken. */
export type Refusal = Exclude<PutResult, { kind: 'stored' }>;

export class RolloutValues {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #env: ValuesEnv;
  readonly #secrets: Secrets;
  readonly #flagsChanged: FlagsListener;
  readonly history: DocumentHistory;

  /** @param flagsChanged told within the transaction that keeps other flags; `before` is the earlier text, no `change` one by hand */
  constructor(storage: DurableObjectStorage, env: ValuesEnv, flagsChanged: FlagsListener) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#env = env;
    this.#secrets = secretsOf(env);
    this.#flagsChanged = flagsChanged;
    this.history = new DocumentHistory(storage.sql);
  }

  lastGood(): Reading {
    const last = (slot: Slot): Stored | null => {
      const kept = readKept(this.#sql, slot);
      return kept === null ? null : storedOf(kept);
    };
    return { document: last('document'), weight: last('weight'), flags: last('flags') };
  }

  /** @returns whether the hand-written value is the last good one now */
  accept(name: string, slot: Slot, text: string): boolean {
    const before = readKept(this.#sql, slot);
    const isSame = before?.text === text;
    // The same weight by hand has replaced ours in KV: nobody may go on waiting for our revision.
    if (isSame && (slot !== 'weight' || before.revision === 0)) return true;
    if (!this.#isNews(name, slot, text)) return isSame;
    const kept = { text, revision: 0, by: BY_HAND.by, at: Date.now(), written: true };
    if (slot === 'flags') this.#keepFlags(name, kept, BY_HAND, null);
    else this.keep(slot, kept, BY_HAND);
    return true;
  }

  /** Takes what someone wrote by hand, if it is good; writes a weight that KV has lost once more. */
  meet(name: string, unlike: Unlike): void {
    switch (unlike.kind) {
      case 'by-hand':
        this.accept(name, 'weight', unlike.text);
        return;
      case 'lost': {
        const kept = readKept(this.#sql, 'weight');
        if (kept !== null) this.put('weight', kept.text, ITSELF, kept.candidates);
        return;
      }
      default:
        unreachable(unlike);
    }
  }

  /** Whether a hand-written value is good, and newer than what is kept as far as anyone can tell. */
  #isNews(name: string, slot: Slot, text: string): boolean {
    const kept = readKept(this.#sql, slot);
    // What was just put has not even reached KV: the report tells of what it is about to replace.
    if (kept?.written === false || this.problems(name, slot, text).length > 0) return false;
    if (!wasSuperseded(this.#sql, slot, text, Date.now())) return true;
    // Written by hand, changed by hand, and now the old value again: a stale cache, or someone went
    // back. In doubt, the least canary.
    return slot === 'weight' && kept?.revision === 0 && Number(text) < Number(kept.text);
  }

  /** A weight as ops write it, in percent by candidate; or why it can't be put. */
  async weights(name: string, value: unknown): Promise<Result<Readonly<Record<string, number>>, Refusal>> {
    const candidates = await this.#candidates(name);
    if (candidates === undefined) return err({ kind: 'no-document' });
    const parsed = parseWeights(value, candidates);
    if (!parsed.ok) return err({ kind: 'invalid', problems: parsed.error });
    return ok(Object.fromEntries([...parsed.value].map(([candidate, share]) => [candidate, share / 1000])));
  }

  /** Writes once more what is in force already: KV may hold something else. @returns its revision */
  repeatWeight(value: unknown, actor: Actor): number {
    return this.put('weight', JSON.stringify(value), actor, readKept(this.#sql, 'weight')?.candidates);
  }

  /**
   * A rollout that nobody has reported yet may be in KV all the same. Never throws.
   * @returns whether KV could be read, where it had to be
   */
  async lookUp(name: string): Promise<boolean> {
    let isRead = true;
    for (const slot of OF_ROLLOUT)
      if (readKept(this.#sql, slot) === null) isRead = (await this.#lookForHandWritten(name, slot)) && isRead;
    return isRead;
  }

  /** Why the caller's condition fails; undefined if it holds, or there is none. */
  async conflict(name: string, slot: Slot, ifMatch: number | undefined): Promise<Refusal | undefined> {
    if (ifMatch === undefined) return undefined;
    await this.#lookForHandWritten(name, slot);
    const current = readRevision(this.#sql, slot);
    return ifMatch === current ? undefined : { kind: 'conflict', revision: current };
  }

  /**
   * Keeps what is to be written to KV.
   * @param candidates of a weight: whom it is for, see {@link Stored.candidates}
   * @returns its revision
   */
  put(slot: Slot, text: string, actor: Actor, candidates?: Stored['candidates']): number {
    const revision = readRevision(this.#sql, slot) + 1;
    const kept = { text, revision, by: actor.by, at: Date.now(), written: false };
    this.keep(slot, candidates === undefined ? kept : { ...kept, candidates }, actor);
    return revision;
  }

  /** {@link put} of flags, that are good. */
  putFlags(name: string, text: string, actor: Actor, change: FlagsChange): number {
    const revision = readRevision(this.#sql, 'flags') + 1;
    this.#keepFlags(name, { text, revision, by: actor.by, at: Date.now(), written: false }, actor, change);
    return revision;
  }

  #keepFlags(name: string, kept: Kept, actor: Actor, change: FlagsChange | null): void {
    this.#storage.transactionSync(() => {
      const before = readKept(this.#sql, 'flags')?.text ?? null;
      this.keep('flags', kept, actor);
      this.#flagsChanged(name, before, kept, actor, change);
    });
  }

  /** What is in force, also if somebody wrote it by hand a moment ago; as far as KV answers. */
  async latestFlags(name: string): Promise<string | null> {
    await this.#lookForHandWritten(name, 'flags');
    return readKept(this.#sql, 'flags')?.text ?? null;
  }

  /** The weight that the rollout is to have, as ops would write it. */
  putShares({ shares, candidates, actor }: Body<'write-weight'>): void {
    const names = Object.keys(candidates);
    const raised = Object.keys(shares).filter(name => (shares[name] ?? 0) > 0);
    const bare = names.length === 1 ? names[0] : 'canary';
    const value = raised.every(name => name === bare)
      ? (shares[bare ?? ''] ?? 0) / 1000
      : Object.fromEntries(names.map(name => [name, (shares[name] ?? 0) / 1000]));
    this.put('weight', JSON.stringify(value), actor ?? ITSELF, candidates);
  }

  /**
   * Who names a revision wants to replace what they saw, not what someone has written into KV by hand
   * since and no isolate has reported yet. A KV that fails or hangs changes nothing.
   * @returns whether KV could be read
   */
  async #lookForHandWritten(name: string, slot: Slot): Promise<boolean> {
    const key = keyOf(name, slot);
    try {
      const { value, metadata } = await within(
        KV_LOOK_MS,
        this.#env.ROLLOUTS.getWithMetadata<{ revision?: unknown }>(key, { cacheTtl: LEAST_CACHE_TTL }),
      );
      if (value !== null && typeof metadata?.revision !== 'number') this.accept(name, slot, value);
      return true;
    } catch (error) {
      console.warn(JSON.stringify({ message: `looking at ${key} failed`, error: String(error) }));
      return false;
    }
  }

  keep(slot: Slot, kept: Kept, actor: Actor): void {
    this.#storage.transactionSync(() => {
      writeFact(this.#sql, revisionFact(slot), String(readRevision(this.#sql, slot) + 1));
      keep(this.#sql, slot, kept, actor);
      if (slot === 'document') this.history.add(kept, readRevision(this.#sql, slot), actor);
    });
  }

  /** Why a value can't be in force. Of flags, a malformed one costs no other: by hand they are taken all the same. */
  problems(name: string, slot: Slot, text: string): readonly Problem[] {
    if (slot === 'flags') {
      const compiled = compileFlags(text);
      return compiled.ok ? [] : compiled.error;
    }
    if (slot === 'document') {
      const compiled = compileDocument(text, name, this.#secrets);
      return compiled.ok ? [] : compiled.error;
    }
    const document = readKept(this.#sql, 'document');
    const compiled = document === null ? undefined : compileDocument(document.text, name, this.#secrets);
    // Without a document here (variables only) the isolate that reports has checked it against its own.
    const candidates =
      compiled?.ok === true ? compiled.value.variants.slice(1).map(variant => variant.name) : ['canary'];
    const parsed = parseWeightText(text, candidates);
    return parsed.ok ? [] : parsed.error;
  }

  /** Names of the variants beside stable: of the kept document, else of KV's, else of the variables. */
  async #candidates(name: string): Promise<readonly string[] | undefined> {
    // Kept, not only read: the state machine has to know it before it takes a weight for it.
    if (readKept(this.#sql, 'document') === null) await this.#lookForHandWritten(name, 'document');
    const text = readKept(this.#sql, 'document')?.text;
    if (text !== undefined) {
      const compiled = compileDocument(text, name, this.#secrets);
      if (compiled.ok) return compiled.value.variants.slice(1).map(variant => variant.name);
    }
    if (name !== 'default' || (this.#env.STABLE_ORIGIN ?? '') === '') return undefined;
    return (this.#env.CANARY_ORIGIN ?? '') === '' ? [] : ['canary'];
  }
}
