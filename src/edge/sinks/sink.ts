import type { Batch, BatchReply } from '../../core/metrics/batch.ts';

/**
 * Where outcomes are written. A sink may reject or take long: that costs nobody else anything, and
 * the same batch, under the same sequence number, is given to it again.
 */
export interface Sink {
  readonly name: string;
  deliver(batch: Batch): Promise<BatchReply>;
}
