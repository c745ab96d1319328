/** The hub's bucket store inside the runtime, on real SQLite, with the time given instead of read. */
import type { BucketRecord } from '../../src/core/metrics/buckets.ts';
import type { CountsRecord } from '../../src/core/metrics/counts.ts';
import type { Series } from '../../src/core/metrics/series.ts';
import { startOwnObject } from './own-object.ts';

const SOURCE = `
import { DurableObject } from 'cloudflare:workers';
import { fromRecord } from './src/core/metrics/counts.ts';
import { BucketStore } from './src/objects/bucket-store.ts';

const steps = {
  add: (store, { bucketAt, bucket, weights }) =>
    store.add({
      bucketAt,
      bucket: new Map(Object.entries(bucket).map(([name, record]) => [name, fromRecord(record)])),
      weights,
    }),
  rollUp: (store, now) => store.rollUp(now),
  prune: (store, now) => store.prune(now),
  recent: (store, seconds, now) => store.recent(seconds, now),
  series: (store, windowSeconds, stepSeconds, now) => store.series(windowSeconds, stepSeconds ?? undefined, now),
};

export class Buckets extends DurableObject {
  run(script) {
    const { sql } = this.ctx.storage;
    const changes = () => sql.exec('SELECT total_changes() AS n').one().n;
    let store = new BucketStore(sql);
    return script.map(([step, ...args]) => {
      if (step === 'evict') return void (store = new BucketStore(sql));
      if (step === 'sql') return sql.exec(...args).toArray();
      if (step === 'bytes') return sql.databaseSize;
      const before = changes();
      const result = steps[step](store, ...args);
      return result ?? { written: changes() - before };
    });
  }
}

export default {
  async fetch(request, env) {
    const { name, script } = await request.json();
    return Response.json(await env.OBJECTS.getByName(name).run(script));
  },
};
`;

export interface BucketObjects {
  /** Carries out the steps in one object, one after the other. @returns what each of them gave */
  run(name: string, script: readonly Step[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

export interface Addition {
  readonly bucketAt: number;
  readonly bucket: Readonly<Record<string, CountsRecord>>;
  readonly weights: Readonly<Record<string, number>>;
}

/** `evict` makes the store anew from its tables, as the platform may between any two calls. */
export type Step =
  | readonly ['add', Addition]
  | readonly ['evict']
  | readonly ['rollUp' | 'prune', number]
  | readonly ['recent', seconds: number, now: number]
  | readonly ['series', windowSeconds: number, stepSeconds: number | null, now: number]
  | readonly ['sql', string]
  | readonly ['bytes'];

export type SeriesFigures = Omit<Series, 'name'>;
export type RecentFigures = { readonly seconds: number; readonly tallies: BucketRecord['tallies'] };

export async function startBucketObjects(): Promise<BucketObjects> {
  const { weir, url } = await startOwnObject(SOURCE, 'Buckets');
  return {
    async run(name, script) {
      // Making a long script takes longer than the runtime keeps an idle connection.
      const headers = { connection: 'close' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ name, script }) });
      if (!response.ok) throw new Error(`the store failed: ${await response.text()}`);
      return (await response.json()) as unknown[];
    },
    stop: () => weir.stop(),
  };
}
