/**
 * Weir's edge in this very process, over stores in memory: what an isolate answers, whatever its stores say
 * or fail to say. The wire and the real stores are those of test/wire.
 */
import { timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../src/core/rollout/active.ts';
import type { FlagsOff } from '../../src/core/flags/off-list.ts';
import type { Batch } from '../../src/core/metrics/batch.ts';
import type { Recorder } from '../../src/edge/recorder.ts';
import { documentText } from './documents.ts';

const NOTHING: Reading = { document: null, weight: null, flags: null };
const BASE = '/__weir/ofrep/v1/evaluate/flags';

interface Target {
  readonly isHttps: boolean;
  readonly authority: string;
  readonly path: string;
}

type Proxy = (
  ...asked: [request: Request, target: Target, env: object, ctx: object, isolate: Isolate]
) => Promise<Response>;
type Ofrep = (
  ...asked: [request: Request, target: Target, path: string, env: object, ctx: object, isolate: Isolate]
) => Promise<Response>;

/** What tests reach into, to plant a defect and to see what is counted. */
interface Isolate {
  readonly config: {
    peek(
      authority: string,
    ):
      | { readonly flagOwner: { readonly flags: { readonly set: { byKey: ReadonlyMap<string, unknown> } } } }
      | undefined;
  };
  delivery(rollout: string): { readonly recorder: Recorder };
}

/** By their address: they need the platform's types, which are not those of Node's programs. */
const { proxy } = (await import(new URL('../../src/http/proxy.ts', import.meta.url).href)) as {
  readonly proxy: Proxy;
};
const { ofrep } = (await import(new URL('../../src/http/ofrep/route.ts', import.meta.url).href)) as {
  readonly ofrep: Ofrep;
};
const { Isolate } = (await import(new URL('../../src/edge/isolate.ts', import.meta.url).href)) as {
  readonly Isolate: new () => Isolate;
};

/** The platform has it beside the standard's methods; Node, elsewhere. */
Object.assign(crypto.subtle, {
  timingSafeEqual: (a: ArrayBuffer, b: ArrayBuffer) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
});

export interface Stores {
  /** What KV holds, by key. */
  readonly kv: Map<string, string>;
  /** What controllers keep, by rollout. */
  readonly kept: Map<string, Reading>;
  /** Neither KV nor any object answers. */
  areAway: boolean;
  /** How long KV takes. */
  kvDelayMs: number;
  /** What hubs were told. */
  readonly batches: Batch[];
  /** What hubs say is switched off. */
  flagsOff: readonly FlagsOff[];
}

export interface OfrepAsk {
  readonly host?: string;
  /** Of one flag; all of them without it. */
  readonly flag?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Visit {
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Edge extends Stores {
  readonly isolate: Isolate;
  /** A visitor's request, passed on to the origin of the document. */
  visit(visit?: Visit): Promise<Response>;
  ofrep(ask?: OfrepAsk): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** A cold isolate, which reads its stores anew with every request. */
export function startEdge(kv: Readonly<Record<string, string>> = {}): Edge {
  const stores: Stores = {
    kv: new Map(Object.entries({ 'rollout:default': documentText(), ...kv })),
    kept: new Map(),
    areAway: false,
    kvDelayMs: 0,
    batches: [],
    flagsOff: [],
  };
  const answer = async <T>(value: T): Promise<T> => {
    await Promise.resolve();
    if (stores.areAway) throw new Error('away');
    return value;
  };
  const env = {
    FLAG_KEYS: 'api:server:server-key',
    CLIENT_IP_HEADER: 'cf-connecting-ip',
    CONFIG_REFRESH: '0.001',
    ROLLOUTS: {
      async getWithMetadata(keys: readonly string[]) {
        await sleep(stores.kvDelayMs);
        return answer(new Map(keys.map(key => [key, { value: stores.kv.get(key) ?? null, metadata: null }])));
      },
    },
    ROLLOUT_CONTROLLER: {
      getByName: (name: string) => ({
        lastGood: () => answer(stores.kept.get(name) ?? NOTHING),
        reportHandWritten: () => answer({ accepted: [], cap: null }),
      }),
    },
    METRICS_HUB: {
      getByName: () => ({
        knows: (name: string) => answer(stores.kept.has(name)),
        orders: () => answer({ cap: null, flagsOff: [] }),
        // A hub tells of its own rollout's flags.
        ingest(batch: Batch) {
          stores.batches.push(batch);
          const flagsOff = stores.flagsOff.filter(({ rollout }) => rollout === batch.rollout);
          return answer({ nextFlushMs: 1000, cap: null, flagsOff });
        },
      }),
    },
  };
  const isolate = new Isolate();
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void behind.push(promise) };
  return Object.assign(stores, {
    isolate,
    visit({ host = 'shop.example', path = '/', headers = {} }: Visit = {}) {
      const request = new Request(`http://${host}${path}`, { headers });
      return proxy(request, { isHttps: false, authority: host, path }, env, ctx, isolate);
    },
    async ofrep({ host = 'shop.example', flag, context = {}, headers = {} }: OfrepAsk = {}) {
      const path = flag === undefined ? BASE : `${BASE}/${flag}`;
      const request = new Request(`http://${host}${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer server-key', ...headers },
        body: JSON.stringify({ context }),
      });
      const target = { isHttps: false, authority: host, path };
      const response = await ofrep(request, target, path, env, ctx, isolate);
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
  });
}
