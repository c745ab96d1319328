/** A state under change: the parts of a transition write into it, and only here is anything mutable. */
import type { Evidence, Verdict } from '../analysis/verdict.ts';
import type { Limit } from '../rollout/cap.ts';
import type { Actor } from '../rollout/control.ts';
import type { AuditAction, Effect, EffectBody } from './effect.ts';
import type { Look } from './event.ts';
import { MAX_EVIDENCE, type NotificationEvent } from './notification.ts';
import type { Phase } from './phase.ts';
import type { DeliveryState, Run, Shares } from './state.ts';
import { bounded } from './words.ts';

export class Draft {
  state: DeliveryState;
  readonly effects: Effect[] = [];
  /** What a change of the document does, in sentences for who makes it. */
  readonly notes: string[] = [];
  readonly now: number;
  /** Who brought the event; null where the evidence or the clock decides. */
  readonly actor: Actor | null;
  /** The judge's last answer, if there is one. */
  readonly look: Look | null;

  constructor(state: DeliveryState, now: number, actor: Actor | null, look: Look | null) {
    this.state = state;
    this.now = now;
    this.actor = actor;
    this.look = look;
  }

  /** Who decides, for logs and reports. */
  get by(): string {
    return this.actor?.by ?? 'weir';
  }

  patch(change: Partial<DeliveryState>): void {
    this.state = { ...this.state, ...change };
  }

  patchRun(change: Partial<Run>): void {
    if (this.state.run !== null) this.patch({ run: { ...this.state.run, ...change } });
  }

  enter(phase: Phase): void {
    if (this.state.phase !== phase) this.patch({ phase, since: this.now });
  }

  /** @returns the effect's key, of this rollout and no other effect */
  emit(body: EffectBody): string {
    const key = this.nextKey();
    this.effects.push({ key, ...body });
    return key;
  }

  nextKey(): string {
    const sequence = this.state.sequence + 1;
    this.patch({ sequence });
    return `${this.state.rollout}:${sequence}`;
  }

  audit(action: AuditAction, detail: string): void {
    this.emit({ kind: 'audit', action, actor: this.actor, detail: bounded(detail, 1000) });
  }

  /** Names of the candidates that there are, and of the one under way. */
  candidates(): string[] {
    const { document, run, shares } = this.state;
    const known = document === null ? Object.keys(shares) : Object.keys(document.candidates);
    return run === null || run.endedAt !== null ? known : [...new Set([...known, run.candidate])];
  }

  hashOf(candidate: string): string {
    const { document, run } = this.state;
    const hash = document?.candidates[candidate]?.hash;
    return hash ?? (run?.candidate === candidate ? run.hash : '');
  }

  /** Publishes what holds candidates back; isolates learn of it before KV shows a new weight. */
  limit(limits: Readonly<Record<string, Limit>>): void {
    this.patch({ limits });
    const isDisabled = this.state.document?.enabled === false;
    const published = isDisabled ? this.barred() : limits;
    const { run } = this.state;
    const under = run === null || run.endedAt !== null ? {} : { run: run.id };
    if (sameLimits(published, this.state.cap.limits) && under.run === this.state.cap.run) return;
    const cap = { sequence: this.state.cap.sequence + 1, ...under, limits: published };
    this.patch({ cap });
    this.emit({ kind: 'set-cap', cap });
  }

  /** Every candidate at 0, rules included. */
  barred(): Record<string, Limit> {
    return Object.fromEntries(
      this.candidates().map(name => [name, { candidate: this.hashOf(name), share: 0, isBarred: true }]),
    );
  }

  /** Sets the weights in KV. @param isCertain false: what is there already isn't written again */
  write(shares: Shares, reason: string, isCertain = false): void {
    if (!isCertain && sameShares(shares, this.state.shares)) return;
    this.patch({ shares });
    const names = Object.keys(shares);
    if (names.length === 0) return;
    this.emit({
      kind: 'write-weight',
      shares,
      candidates: Object.fromEntries(names.map(name => [name, this.hashOf(name)])),
      actor: this.actor,
      reason: bounded(reason),
    });
  }

  notify(
    event: NotificationEvent,
    text: string,
    more: { readonly advice?: string; readonly reason?: string | null } = {},
  ): void {
    const { run, document, rollout, phase, shares } = this.state;
    const isOpen = run !== null && run.endedAt === null;
    // Told before its report closes it.
    const isOver = phase === 'rolled-back' || phase === 'completed';
    const targets = (isOpen ? run.plan : (document?.plan ?? run?.plan))?.notify ?? [];
    if (targets.length === 0) return;
    const verdict = run === null ? null : (this.look?.verdict ?? null);
    const id = this.nextKey();
    this.effects.push({
      key: id,
      kind: 'notify',
      targets,
      notification: {
        id,
        event,
        rollout,
        at: this.now,
        phase,
        text: bounded(text, 1000),
        advice: more.advice ?? null,
        run:
          run === null
            ? null
            : {
                id: run.id,
                attempt: run.attempt,
                candidate: run.candidate,
                version: run.version,
                step: run.step + 1,
                steps: run.plan.steps.length,
              },
        shares,
        waitingFor: isOpen && !isOver ? run.waitingFor : null,
        verdict,
        evidence: verdict === null ? [] : behind(verdict, this.look?.evidence ?? []),
        actor: this.actor?.by ?? null,
        reason: more.reason ?? null,
        path: `/__weir/#/r/${rollout}`,
      },
    });
  }
}

function behind(verdict: Verdict, evidence: readonly Evidence[]): Evidence[] {
  return evidence
    .filter(({ criterion }) => criterion === verdict.criterion || criterion === 'all')
    .slice(0, MAX_EVIDENCE);
}

export function sameShares(one: Shares, other: Shares): boolean {
  return [...Object.keys(one), ...Object.keys(other)].every(name => (one[name] ?? 0) === (other[name] ?? 0));
}

function sameLimits(one: Readonly<Record<string, Limit>>, other: Readonly<Record<string, Limit>>): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(name => {
      const [a, b] = [one[name], other[name]];
      return a?.candidate === b?.candidate && a?.share === b?.share && a?.isBarred === b?.isBarred;
    })
  );
}
