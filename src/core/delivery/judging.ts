/** What is remembered between two looks of one run. Plain JSON. */
import type { SparseHistogram } from '../analysis/histogram.ts';
import type { JudgeSettings } from '../analysis/settings.ts';
import { restartAdvance, type JudgeState } from '../analysis/state.ts';
import type { Sticky } from '../rollout/compile.ts';
import type { Look } from './event.ts';
import { judgeSettings } from './judge-settings.ts';
import type { Plan } from './plan.ts';

/** The judge's memory, and how far it has read. */
export interface Judging {
  readonly run: number;
  /** Null until the first look after a start, which only finds out where the run begins. */
  readonly state: JudgeState | null;
  /** Of the hub; everything up to it has been read. */
  readonly cursor: number;
  /** Generations that were there before the run. */
  readonly excluded: readonly string[];
  readonly baseline: SparseHistogram | null;
  /** How visitors were told apart when it began; null before. */
  readonly stickyBy: Sticky['by'] | null;
  readonly look: Look | null;
  /** Milliseconds since 1970; of the last look at all. */
  readonly lookedAt: number | null;
  readonly unreadableSince: number | null;
}

/** @returns what a restart of the judge leaves of its memory; an answer to the question before is none */
export function restarted(judging: Judging | null, run: number, what: 'start' | 'advance'): Judging {
  if (what === 'advance' && judging?.state != null && judging.run === run)
    return { ...judging, state: restartAdvance(judging.state), look: null };
  return {
    run,
    state: null,
    cursor: judging?.cursor ?? 0,
    excluded: [],
    baseline: null,
    stickyBy: null,
    look: null,
    lookedAt: judging?.lookedAt ?? null,
    unreadableSince: null,
  };
}

/** What a run is judged by: all of it is of its start, whatever the document says meanwhile. */
export function settingsOf(judging: Pick<Judging, 'baseline' | 'stickyBy'>, plan: Plan): JudgeSettings {
  return judgeSettings(plan, judging.baseline, { by: judging.stickyBy ?? 'cookie' });
}
