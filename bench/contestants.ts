/** Who is measured. Every one of them is a fresh process, in front of the same origin. */
import type { WorkerName } from './stage.ts';

export interface Contestant {
  readonly id: string;
  readonly title: string;
  readonly worker: WorkerName;
  /** Whether its visitors bring its cookie; `any`: it knows no cookies. */
  readonly visitor: 'returning' | 'new' | 'any';
  /** Whether the origin is told of flags. */
  readonly hasFlags?: boolean;
}

/**
 * The bare pass-through comes twice, first and last of each round: the others are held against the
 * mean of both, and how far the two are apart is how far a figure can be trusted.
 */
export const CONTESTANTS = [
  { id: 'bare', title: 'bare pass-through', worker: 'bare', visitor: 'any' },
  { id: 'weir-returning', title: 'Weir, returning visitor', worker: 'weir', visitor: 'returning' },
  {
    id: 'weir-flags',
    title: 'Weir with 20 flags for the origin, returning visitor',
    worker: 'weir',
    visitor: 'returning',
    hasFlags: true,
  },
  { id: 'weir-new', title: 'Weir, new visitor', worker: 'weir', visitor: 'new' },
  { id: 'hono-returning', title: 'Hono proxy, returning visitor', worker: 'hono', visitor: 'returning' },
  { id: 'hono-new', title: 'Hono proxy, new visitor', worker: 'hono', visitor: 'new' },
  { id: 'ab-returning', title: 'A/B script, returning visitor', worker: 'ab', visitor: 'returning' },
  { id: 'ab-new', title: 'A/B script, new visitor', worker: 'ab', visitor: 'new' },
  { id: 'bare-again', title: 'bare pass-through, again', worker: 'bare', visitor: 'any' },
] as const satisfies readonly Contestant[];

export type ContestantId = (typeof CONTESTANTS)[number]['id'];
