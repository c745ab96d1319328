/** The outbox and the gates inside the runtime, on real SQLite, with the time given instead of read. */
import type { GateQuestion } from '../../src/core/delivery/effect.ts';
import type { Notification } from '../../src/core/delivery/notification.ts';
import type { NotifyTarget } from '../../src/core/delivery/plan.ts';
import { eventually } from './eventually.ts';
import { OWN_OBJECT, startOwnObject } from './own-object.ts';

const SOURCE = `
import { DurableObject } from 'cloudflare:workers';
import { secretsOf } from './src/core/rollout/secrets.ts';
import { askGate } from './src/objects/gates.ts';
import { Notifier } from './src/objects/notifier.ts';
import { signedPost } from './src/objects/signed-post.ts';

export class Outbox extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.post = signedPost(secretsOf(env));
    this.notifier = new Notifier(ctx.storage.sql, this.post, 'https://weir.example.com');
  }
  enqueue(notifications, targets) {
    for (const notification of notifications) this.notifier.enqueue(notification, targets);
  }
  deliverDue(now) {
    return this.notifier.deliverDue(now);
  }
  askGate(url, question, now) {
    return askGate(this.post, url, question, now);
  }
  die() {
    this.ctx.abort('killed by a test');
  }
  errors() {
    return this.ctx.storage.sql.exec('SELECT error FROM notifications ORDER BY id').toArray().map(row => row.error);
  }
}

export default {
  async fetch(request, env) {
    const { name, method, args } = await request.json();
    return Response.json((await env.OBJECTS.getByName(name)[method](...args)) ?? null);
  },
};
`;

export interface Outbox {
  enqueue(notifications: readonly Notification[], targets: readonly NotifyTarget[]): Promise<void>;
  /** @returns when to call again; null with nothing left */
  deliverDue(now: number): Promise<number | null>;
  askGate(url: string, question: GateQuestion, now: number): Promise<{ passes: boolean; answer: string }>;
  /** Why each was not delivered, oldest first; null for those that were. */
  errors(): Promise<(string | null)[]>;
  /** Throws the object out of memory once it is idle, as the platform may at any time. */
  evict(): Promise<void>;
  /** Ends it in the middle of whatever it does, as a crash would. */
  kill(): Promise<void>;
}

export interface Outboxes {
  of(name: string): Outbox;
  stop(): Promise<void>;
}

const nothing = (): void => undefined;

/** @param secrets those of the Worker, by name */
export async function startOutboxes(secrets: Record<string, string>): Promise<Outboxes> {
  const { weir, url } = await startOwnObject(SOURCE, 'Outbox', secrets);
  const call = async <T>(name: string, method: string, args: readonly unknown[]): Promise<T> => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ name, method, args }) });
    if (!response.ok) throw new Error(`${method} failed: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    of: name => ({
      enqueue: (...args) => call(name, 'enqueue', args),
      deliverDue: (...args) => call(name, 'deliverDue', args),
      askGate: (...args) => call(name, 'askGate', args),
      errors: () => call(name, 'errors', []),
      evict: () =>
        eventually(`eviction of ${name}`, async () => {
          await weir.miniflare.unsafeEvictDurableObject(OWN_OBJECT, 'Outbox', { name });
          return true;
        }).then(() => undefined),
      kill: () => call(name, 'die', []).then(nothing, nothing),
    }),
    stop: () => weir.stop(),
  };
}
