/** A stopwatch as plain data: it changes only when it is started or stopped, never with time itself. */
export interface Clock {
  /** Milliseconds, of the finished spells. */
  readonly ms: number;
  /** Milliseconds since 1970; null while it stands still. */
  readonly since: number | null;
}

export const STOPPED: Clock = { ms: 0, since: null };

/** Milliseconds on the clock. A clock of the platform that goes backwards takes nothing away. */
export function elapsed(clock: Clock, now: number): number {
  return clock.since === null ? clock.ms : clock.ms + Math.max(0, now - clock.since);
}

/** The same clock, going or standing still from now on; the same object if it does so already. */
export function running(clock: Clock, isRunning: boolean, now: number): Clock {
  if (isRunning) return clock.since === null ? { ms: clock.ms, since: now } : clock;
  return clock.since === null ? clock : { ms: elapsed(clock, now), since: null };
}
