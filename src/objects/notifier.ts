/**
 * The outbox of notifications: what is enqueued is on disk, and sent until it is delivered, refused
 * for good or a day old. At least once, in order for each address; docs/notifications.md says it in full.
 */
import { hostOf } from '../core/delivery/gates.ts';
import { notificationJson } from '../core/delivery/notification-json.ts';
import { notificationSlack } from '../core/delivery/notification-slack.ts';
import type { Notification } from '../core/delivery/notification.ts';
import type { NotifyTarget } from '../core/delivery/plan.ts';
import { unreachable } from '../core/result.ts';
import { NotificationStore, type Entry, type Pending } from './notification-store.ts';
import type { Answer, SignedPost } from './signed-post.ts';

/** A receiver gets so long to take one. */
const TIMEOUT_MS = 5000;
/** Wait after the first failure; it doubles with each. */
const FIRST_WAIT_MS = 5000;
/** What comes later waits behind the oldest: that a receiver is well again must not be noticed too late. */
const MAX_WAIT_MS = 600_000;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** Addresses at a time: the platform opens six connections at once. */
const MAX_ADDRESSES = 6;
/** Of one address in one round; a round begins no attempt after {@link ROUND_MS}. */
const MAX_PER_ROUND = 5;
const ROUND_MS = 5000;

export class Notifier {
  readonly #store: NotificationStore;
  readonly #post: SignedPost;
  readonly #publicUrl: string | undefined;
  /** By address, what is being sent just now. */
  readonly #draining = new Map<string, Promise<void>>();

  /** @param publicUrl where people reach Weir, for links */
  constructor(sql: SqlStorage, post: SignedPost, publicUrl: string | undefined) {
    this.#store = new NotificationStore(sql);
    this.#post = post;
    this.#publicUrl = publicUrl;
  }

  /**
   * Once for each address, however often it is called: what is to be sent or was is not entered again.
   * Synchronous: it can share a transaction with the state that it tells of.
   */
  enqueue(notification: Notification, targets: readonly NotifyTarget[]): void {
    const { id: key, at } = notification;
    for (const { url, format } of targets)
      this.#store.add({ key, url, format, body: bodyOf(notification, format, this.#publicUrl), at });
    for (const dropped of this.#store.prune())
      log('a notification is given up', dropped, 'too many newer ones wait');
  }

  /**
   * Sends what is due, and waits for what is being sent already, ten seconds at most: don't let a tick
   * wait for it. An address that hangs is left alone meanwhile, and holds up no other. Never throws.
   * @param now milliseconds since 1970
   * @returns when to call again, in milliseconds since 1970; undefined with nothing left to send
   */
  async deliverDue(now: number): Promise<number | undefined> {
    try {
      const until = Date.now() + ROUND_MS;
      const due = this.#store.dueAddresses(now, MAX_ADDRESSES + this.#draining.size);
      const free = due.filter(url => !this.#draining.has(url));
      for (const url of free.slice(0, MAX_ADDRESSES - this.#draining.size))
        this.#draining.set(
          url,
          this.#drain(url, now, until).finally(() => this.#draining.delete(url)),
        );
      await Promise.all(this.#draining.values());
      return this.#store.nextDue();
    } catch (error) {
      // A defect of ours must not stop what moves the rollout.
      console.error(JSON.stringify({ message: 'sending notifications failed', error: String(error) }));
      return now + MAX_WAIT_MS;
    }
  }

  /** When {@link deliverDue} has something to do again, in milliseconds since 1970; undefined with nothing left. */
  nextDue(): number | undefined {
    return this.#store.nextDue();
  }

  /** Oldest first, until the receiver is in trouble. */
  async #drain(url: string, now: number, until: number): Promise<void> {
    for (let sent = 0; sent < MAX_PER_ROUND && Date.now() < until; sent++) {
      const pending = this.#store.nextOf(url, now);
      if (pending === undefined) return;
      const { key, body } = pending;
      const answer = await this.#post({ url, id: key, body, timeoutMs: TIMEOUT_MS }, now);
      if (!this.#settle(pending, answer, now)) return;
    }
  }

  /** @returns whether the receiver is well enough for the next one */
  #settle(pending: Pending, answer: Answer, now: number): boolean {
    const fate = fateOf(answer);
    switch (fate) {
      case 'delivered':
        this.#store.delivered(pending.id, now);
        return true;
      case 'gone':
        this.#giveUp(pending, answer.text);
        return true;
      case 'refused':
      case 'trouble':
        if (now - pending.at > GIVE_UP_AFTER_MS) {
          this.#giveUp(pending, answer.text);
        } else {
          this.#store.postpone(pending.id, now + waitOf(pending, answer), fate === 'refused', answer.text);
          log('a notification was not taken; trying again', pending, answer.text);
        }
        return fate === 'refused';
      default:
        return unreachable(fate);
    }
  }

  #giveUp(pending: Pending, error: string): void {
    this.#store.giveUp(pending.id, error);
    log('a notification is given up', pending, error);
  }
}

function bodyOf(
  notification: Notification,
  format: NotifyTarget['format'],
  publicUrl: string | undefined,
): string {
  switch (format) {
    case 'json':
      return notificationJson(notification, publicUrl);
    case 'slack':
      return notificationSlack(notification, publicUrl);
    default:
      return unreachable(format);
  }
}

/** Statuses after which the same request may be taken later, beside all from 500 on. */
const TROUBLE: readonly number[] = [408, 425, 429];

/** `trouble`: the receiver's, so that the next one would fare no better; `refused`: perhaps only this one. */
function fateOf(answer: Answer): 'delivered' | 'gone' | 'refused' | 'trouble' {
  if (answer.kind === 'none') return 'trouble';
  const { status } = answer;
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 404 || status === 410) return 'gone';
  return status >= 500 || TROUBLE.includes(status) ? 'trouble' : 'refused';
}

/** What the receiver asked for, else twice as long as the last time. Milliseconds. */
function waitOf({ attempts }: Pending, answer: Answer): number {
  const asked = answer.kind === 'answer' ? answer.retryAfterMs : undefined;
  if (asked !== undefined) return Math.max(asked, FIRST_WAIT_MS);
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts, 20), MAX_WAIT_MS);
}

function log(message: string, { key, url }: Pick<Entry, 'key' | 'url'>, error: string): void {
  console.warn(JSON.stringify({ message, key, to: hostOf(url), error }));
}
