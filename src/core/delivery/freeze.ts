/** Times at which no rollout advances. A freeze never holds a rollback. */

/**
 * One line of the plan's `freeze`. Minutes are of the local day, 0 to 1440; days count from Sunday, 0.
 * A window that ends later in the day than it begins is one of each of its days; another runs from the
 * first day to the morning after the last without a break: "Fri-Sun" from 16:00 to 08:00 is a weekend.
 * On all seven days it is one of each night.
 */
export interface FreezeWindow {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly from: number;
  readonly to: number;
  /** IANA name, e.g. `Pacific/Auckland`. */
  readonly timezone: string;
}

export interface Frozen {
  /** Milliseconds since 1970. Of a window: an hour off where the clocks are changed before it ends. */
  readonly until: number;
  readonly reason: string;
}

/** No freeze is for ever: who forgets one would wonder why nothing advances. */
export const MAX_FREEZE_DAYS = 90;
export const MAX_FREEZE_MS = MAX_FREEZE_DAYS * 86_400_000;

export const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const DAY = 1440;
const WEEK = 7 * DAY;
const MINUTE_MS = 60_000;

/** @param said by a person @returns what holds advances now; null if nothing does */
export function frozen(
  said: { readonly until: number; readonly reason: string } | null,
  windows: readonly FreezeWindow[],
  now: number,
): Frozen | null {
  if (said !== null && now < said.until) return said;
  for (const window of windows) {
    const left = minutesLeft(window, now);
    if (left !== null) {
      const until = (Math.floor(now / MINUTE_MS) + left) * MINUTE_MS;
      return { until, reason: windowText(window) };
    }
  }
  return null;
}

/** @returns minutes until the window closes; null if it isn't open */
function minutesLeft(window: FreezeWindow, now: number): number | null {
  const minute = minuteOfWeek(window.timezone, now);
  const days = ((window.lastDay - window.firstDay + 7) % 7) + 1;
  // On all seven days there is no morning after the last one: it is one window a night.
  const isDaily = window.to > window.from || days === 7;
  for (let day = 0; day < (isDaily ? days : 1); day++) {
    const start = ((window.firstDay + day) % 7) * DAY + window.from;
    const overnight = window.to > window.from ? 0 : isDaily ? DAY : days * DAY;
    const length = overnight + window.to - window.from;
    const since = (minute - start + WEEK) % WEEK;
    if (since < length) return length - since;
  }
  return null;
}

/** Minutes since Sunday 00:00, local time. */
function minuteOfWeek(timezone: string, now: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string): string => parts.find(one => one.type === type)?.value ?? '';
  const day = DAYS.findIndex(name => name === part('weekday'));
  return day * DAY + Number(part('hour')) * 60 + Number(part('minute'));
}

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function windowText({ firstDay, lastDay, from, to, timezone }: FreezeWindow): string {
  const days = firstDay === lastDay ? DAYS[firstDay] : `${DAYS[firstDay]}-${DAYS[lastDay]}`;
  return `freeze of the plan: ${days} ${clockText(from)} to ${clockText(to)} ${timezone}`;
}

function clockText(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
