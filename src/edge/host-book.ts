/** Which rollout serves which host, as an isolate remembers it. */
import { BoundedMap } from './bounded-map.ts';
import type { RolloutMemory } from './rollout-memory.ts';

/** Hosts with a document of their own, as clients spell them, and as many without one. */
export const MAX_REMEMBERED = 1000;

export interface HostMemory {
  readonly authority: string;
  /** The rollout that serves this host: its own, or `default`. */
  rollout: RolloutMemory;
  /** Whose flags the host has: those of its own `flags:<name>`, or the default ones. */
  flagOwner: RolloutMemory;
  /** When what is known of the host was last settled; milliseconds since 1970. */
  rememberedAt: number;
  /** When KV is due to be read again; milliseconds since 1970. */
  refreshAt: number;
  /** Until then a document of the host's own isn't looked for. */
  absentUntil: number;
}

export class HostBook {
  readonly #hosts = new BoundedMap<HostMemory>(MAX_REMEMBERED);
  /** Hosts without a document of their own; apart, so that made-up names push none of the others out. */
  readonly #strangers = new BoundedMap<HostMemory>(MAX_REMEMBERED);

  get(authority: string): HostMemory | undefined {
    return this.#hosts.get(authority) ?? this.#strangers.get(authority);
  }

  /**
   * @param isOwn the rollout is the host's own, not the default one
   * @param absentMs for so long a document of the host's own isn't looked for
   */
  enter(
    authority: string,
    rollout: RolloutMemory,
    flagOwner: RolloutMemory,
    isOwn: boolean,
    absentMs: number,
    refreshInMs: number,
  ): void {
    const now = Date.now();
    const host = this.get(authority) ?? {
      authority,
      rollout,
      flagOwner,
      rememberedAt: 0,
      refreshAt: 0,
      absentUntil: 0,
    };
    host.rollout = rollout;
    host.flagOwner = flagOwner;
    host.rememberedAt = now;
    host.absentUntil = now + absentMs;
    host.refreshAt = now + refreshInMs;
    this.#hosts.delete(authority);
    this.#strangers.delete(authority);
    (isOwn ? this.#hosts : this.#strangers).set(authority, host);
  }
}
