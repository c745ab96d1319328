/** What the page says of flags, and of turning them. */
import type { FlagView } from '../types.ts';
import { duration, weight } from './format.ts';

/** What somebody is about to do to a flag, as it was when they were asked. */
export type Turn = {
  readonly flag: FlagView;
  /** Of all flags then: for If-Match. */
  readonly revision: number;
} & (
  | { readonly kind: 'switch'; readonly on: boolean }
  /** @property percent 0 to 100 */
  | { readonly kind: 'share'; readonly percent: number }
);

export function shareWords({ share, rules, follows, state }: FlagView): string {
  if (state === 'broken') return 'Whoever asks for it gets an error, and the default of the app.';
  if (follows !== null) return `On for exactly the visitors on ${follows}.`;
  const before = rules === 0 ? '' : rules === 1 ? ', beside one rule' : `, beside ${rules} rules`;
  if (share === null) return rules === 0 ? 'Everyone gets the default.' : `Decided by rules (${rules}).`;
  const whom = share.variant ?? 'its variants';
  const get = state === 'off' ? 'would get' : 'get';
  return `${weight(share.percent)} ${get} ${whom}${share.isScheduled ? ', by its schedule' : ''}${before}.`;
}

/** @param flag undefined if it is gone */
export function nowWords(key: string, flag: FlagView | undefined): string {
  if (flag === undefined) return `${key} is gone.`;
  if (flag.state === 'broken') return `${key} is malformed now.`;
  return `Now ${key} is switched ${flag.state}. ${shareWords(flag)}`;
}

export function readersOf({ client, origin, experiment }: FlagView): string {
  const readers = [
    client && 'read by browsers',
    origin && 'sent to the origin',
    experiment && 'an experiment',
  ];
  return readers.filter(reader => reader !== false).join(', ');
}

/** @param now milliseconds since 1970 */
export function lastChangeWords({ lastChange }: FlagView, now: number): string {
  if (lastChange === null) return 'Nobody has changed it since Weir keeps it.';
  const { what, by, at } = lastChange;
  return `${what} by ${by}, ${duration(Math.max(0, now - Date.parse(at)))} ago`;
}

export function titleOf(turn: Turn): string {
  const { key } = turn.flag;
  if (turn.kind === 'share') return `Set ${key} to ${weight(turn.percent)}`;
  return `Switch ${key} ${turn.on ? 'on' : 'off'}`;
}

export function consequencesOf(turn: Turn): string[] {
  const { flag } = turn;
  if (turn.kind === 'switch')
    return turn.on
      ? [`Its rules apply again as isolates read KV, within a minute or two. ${shareWords(flag)}`]
      : ['Everyone gets its "off", whatever the rules say: within 2 s where there is traffic.'];
  const from =
    flag.share === null ? 'Nobody is in its share now' : `It is at ${weight(flag.share.percent)} now`;
  const isUp = turn.percent >= (flag.share?.percent ?? 0);
  return [
    `${from}. ${isUp ? 'Whoever has it keeps it.' : 'Some of those who have it lose it.'}`,
    ...(flag.state === 'off' ? ['It is switched off: the share counts once it is switched on.'] : []),
  ];
}

/** As the API takes it. */
export function turnBody(turn: Turn): string {
  return JSON.stringify(turn.kind === 'share' ? { share: turn.percent } : { enabled: turn.on });
}

/** @returns undefined if it is no percentage, or has more than three decimals */
export function percentOf(text: string): number | undefined {
  const typed = text.trim().replace(',', '.');
  const value = Number(typed);
  return /^\d+(?:\.\d{1,3})?$/.test(typed) && value <= 100 ? value : undefined;
}
