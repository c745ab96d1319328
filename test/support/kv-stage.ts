/** A cold isolate over a KV that misbehaves on demand, for one test; beside others of its kind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { startRawWorkerd, type RawWorkerd } from '../../scripts/raw-workerd.ts';
import { Visitor } from './client.ts';
import { eventually } from './eventually.ts';
import { startSlowKv, type SlowKv } from './slow-kv.ts';
import type { Variants } from './variants.ts';
import { ADMIN_TOKEN, type AdminRequest } from './weir.ts';

export class KvStage {
  readonly kv: SlowKv;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'weir-slow-kv-'));
  #weir: RawWorkerd | undefined;

  private constructor(kv: SlowKv, spare: Variants) {
    this.kv = kv;
    this.#variables = {
      ADMIN_TOKEN,
      CONFIG_REFRESH: '1',
      STABLE_ORIGIN: spare.stable.url,
      CANARY_ORIGIN: spare.canary.url,
    };
  }

  /** @param spare what the variables name: never the document's origins, or nobody could tell the two apart */
  static async start(variants: Variants, spare: Variants): Promise<KvStage> {
    const stage = new KvStage(await startSlowKv(), spare);
    stage.kv.values.set('rollout:default', { value: variants.document(), metadata: null });
    stage.kv.values.set('weight:default', { value: '100', metadata: null });
    await stage.startIsolate();
    return stage;
  }

  get url(): string {
    if (this.#weir === undefined) throw new Error('the isolate is stopped');
    return this.#weir.url;
  }

  /** A new process: a cold isolate over the same Durable Objects. */
  async startIsolate(): Promise<void> {
    this.#weir = await startRawWorkerd({
      directory: this.#directory,
      bundle: inject('bundle'),
      kvAddress: this.kv.address,
      variables: this.#variables,
    });
  }

  async stopIsolate(): Promise<void> {
    await this.#weir?.stop();
    this.#weir = undefined;
  }

  forgetObjects(): void {
    rmSync(join(this.#directory, 'objects'), { recursive: true });
  }

  async close(): Promise<void> {
    await this.stopIsolate();
    await this.kv.close();
    rmSync(this.#directory, { recursive: true });
  }

  admin(path: string, init: AdminRequest = {}): Promise<Response> {
    return fetch(`${this.url}/__weir/api${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...init.headers },
    });
  }

  async etagNow(): Promise<string> {
    return (await this.admin('/rollouts/default')).headers.get('etag') ?? '';
  }

  putDocument(body: string): Promise<Response> {
    return this.admin('/rollouts/default', { method: 'PUT', body });
  }

  putWeight(body: string, etag?: string): Promise<Response> {
    const headers = etag === undefined ? {} : { headers: { 'if-match': etag } };
    return this.admin('/rollouts/default/weight', { method: 'PUT', body, ...headers });
  }

  /** Served by the canary, and the controller knows of what was written by hand. */
  async warmUp(visitor = new Visitor()): Promise<void> {
    await this.served(visitor, 'canary');
    await eventually('the report to the controller', async () => {
      const { events } = (await (await this.admin('/rollouts/default/events')).json()) as {
        events: { action: string }[];
      };
      const known = new Set(events.map(event => event.action));
      return known.has('document') && known.has('weight');
    });
  }

  async served(visitor: Visitor, text: string): Promise<void> {
    await eventually(text, async () => (await visitor.visit(this.url)).text === text);
  }

  /** Visits until KV was read again a few times, which is behind the requests. */
  async visitThroughRefreshes(visitor: Visitor): Promise<ReadonlySet<string>> {
    const before = this.kv.reads();
    const seen = new Set<string>();
    await eventually('three more readings of KV', async () => {
      const { status, text } = await visitor.visit(this.url);
      seen.add(`${status} ${text}`);
      return this.kv.reads() >= before + 3;
    });
    return seen;
  }
}
