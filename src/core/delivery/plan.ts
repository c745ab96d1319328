/** The plan in force, without optionals: what DESIGN.md, section 3, spells in the document. */
import type { Criterion, OnSharedFailure } from '../analysis/settings.ts';
import type { FreezeWindow } from './freeze.ts';

export interface Step {
  /** Thousandths of a percent; strictly rising, the last is 100 %. */
  readonly share: number;
  readonly holdMs: number;
  /** Asked before the step's weight is set; `other`: not of the person who started. */
  readonly approval: 'none' | 'anyone' | 'other';
}

export const GATE_PLACES = ['start', 'step', 'promotion'] as const;

export interface Gate {
  /** `start`: before the first weight; `step`: before every weight; `promotion`: before 100. */
  readonly before: (typeof GATE_PLACES)[number];
  /** May be `$secret:NAME`; whoever asks reveals it. */
  readonly url: string;
}

export const NOTIFY_FORMATS = ['json', 'slack'] as const;

export interface NotifyTarget {
  /** May be `$secret:NAME`; whoever sends reveals it. */
  readonly url: string;
  readonly format: (typeof NOTIFY_FORMATS)[number];
}

export interface Plan {
  /** Name of the variant that it moves. */
  readonly candidate: string;
  readonly steps: readonly Step[];
  readonly criteria: readonly Criterion[];
  readonly falseRollbackRate: number;
  readonly falsePromotionRate: number;
  readonly blastRadius: number;
  readonly minRequests: number;
  readonly warmupMs: number;
  /** Share of visitors that stay on stable at the step of 100, in thousandths of a percent. */
  readonly holdback: number;
  readonly reaction: 'fast' | 'steady';
  readonly maxHoldMs: number;
  readonly onMaxHold: 'pause' | 'rollback';
  readonly maxBlindMs: number;
  /** `auto`: roll back above weight 5, else hold. */
  readonly onBlind: 'rollback' | 'hold' | 'auto';
  readonly onSharedFailure: OnSharedFailure;
  readonly freeze: readonly FreezeWindow[];
  readonly notify: readonly NotifyTarget[];
  readonly gates: readonly Gate[];
}
