import type { Batch } from '../../core/metrics/batch.ts';

/** What a sink did with a batch. */
export type SinkReply =
  /** @property lost outcomes of the batch that the sink could not keep */
  | { readonly kind: 'taken'; readonly nextFlushMs?: number; readonly lost?: number }
  /** Not now: the same batch, under the same sequence number, is given to it again. */
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number }
  /** Never: the batch is dropped and counted as lost. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Where outcomes are written. A sink may throw, hang or refuse: that costs no visitor and no other
 * sink anything.
 */
export interface Sink {
  readonly name: string;
  deliver(batch: Batch): Promise<SinkReply>;
}
