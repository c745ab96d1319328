/** Values that stay current: asked again and again while someone looks. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, Failure } from './api.ts';

export interface Live<T> {
  /** The last one that came; kept through failures. */
  readonly value: T | undefined;
  /** When it came, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Why the last attempt brought nothing. */
  readonly failure: Failure | undefined;
  /** Asks now; resolves when the answer is shown. */
  readonly refresh: () => Promise<void>;
}

const SLOWEST_MS = 30_000;

/**
 * Asks every `everyMs`; half as often after each failure, down to every 30 s; not at all while the
 * tab is hidden, and at once when it is seen again.
 * @param ask a new function asks at once, and keeps the old value until its own has come
 */
export function useLive<T>(ask: () => Promise<Answer<T>>, everyMs: number): Live<T> {
  const [state, setState] = useState<Omit<Live<T>, 'refresh'>>(NOTHING);
  const now = useRef<() => Promise<void>>(() => Promise.resolve());

  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = everyMs;
    // Only the latest question counts: an older answer may tell of what was before a change.
    let latest = 0;
    const attempt = async (): Promise<void> => {
      clearTimeout(timer);
      const question = ++latest;
      const answer = await ask();
      if (isOver || question !== latest) return;
      if (answer.kind === 'ok') {
        wait = everyMs;
        setState({ value: answer.value, at: Date.now(), failure: undefined });
      } else {
        wait = Math.min(wait * 2, Math.max(SLOWEST_MS, everyMs));
        setState(({ value, at }) => ({ value, at, failure: answer }));
      }
      if (!document.hidden) timer = setTimeout(() => void attempt(), wait);
    };
    const look = (): void => {
      if (document.hidden) clearTimeout(timer);
      else void attempt();
    };
    now.current = attempt;
    void attempt();
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
    };
  }, [ask, everyMs]);

  const refresh = useCallback(() => now.current(), []);
  return { ...state, refresh };
}

const NOTHING = { value: undefined, at: undefined, failure: undefined };

const watches = new Set<(now: number) => void>();
let clock: ReturnType<typeof setInterval> | undefined;

/**
 * The time, every second, in milliseconds since 1970; the same for all who ask, so that ages agree. It
 * stands still while the tab is hidden: nothing is asked then, so what is shown would only look stale.
 */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    watches.add(setNow);
    clock ??= setInterval(tick, 1000);
    return () => {
      watches.delete(setNow);
      if (watches.size > 0) return;
      clearInterval(clock);
      clock = undefined;
    };
  }, []);
  return now;
}

function tick(): void {
  if (document.hidden) return;
  const now = Date.now();
  for (const watch of watches) watch(now);
}
