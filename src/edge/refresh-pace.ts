/** How often an isolate looks at KV again. */
import type { Env } from './env.ts';

/** What isn't known for sure is looked up again so soon. */
export const RETRY_MS = 1000;
/** For so many refreshes the absence of a host's own document is remembered. */
const ABSENCE_REFRESHES = 4;

export function refreshMs(env: Env): number {
  const seconds = Number(env.CONFIG_REFRESH ?? 15);
  return seconds > 0 ? seconds * 1000 : 15_000;
}

export function absenceMs(env: Env): number {
  return ABSENCE_REFRESHES * refreshMs(env);
}
