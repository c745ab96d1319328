/** Flags as text for a terminal. */
import type { Share } from '../../src/core/flags/share.ts';
import type { FlagNow, FlagsView, FlagView } from '../../src/core/flags/view.ts';
import { columns } from './columns.ts';
import { ago } from './time.ts';

/** As the API answers a change. */
export interface FlagsStored {
  readonly name: string;
  readonly revision: number;
  readonly written: boolean;
  /** What, in words. */
  readonly changed: string;
  /** What else it does, in sentences. */
  readonly effects: readonly string[];
  /** The one that was turned; null for a document, and for one that is removed. */
  readonly flag: FlagNow | null;
}

/** @param now milliseconds since 1970 */
export function flagsText({ name, flags, problems }: FlagsView, now: number): string {
  const lines =
    flags.length === 0
      ? [name === 'default' ? 'No flags.' : `${name} has no flags of its own; the default ones hold.`]
      : columns(
          [
            ['flag', 'state', 'share', 'type', 'read by', 'last change'],
            ...flags.map(flag => row(flag, now)),
          ],
          [0, 1, 3, 4, 5],
        );
  const all = [...problems, ...flags.flatMap(flag => flag.problems)];
  return [...lines, ...all.map(({ path, message }) => `! ${path}: ${message}`)].join('\n');
}

function row(flag: FlagView, now: number): string[] {
  const { key, state, type, lastChange, client, origin, experiment } = flag;
  const readers = [client && 'browsers', origin && 'origin', experiment && 'experiment'];
  return [
    key,
    state,
    shareText(flag),
    type ?? '-',
    readers.filter(reader => reader !== false).join(', ') || 'servers',
    lastChange === null ? '-' : `${lastChange.what} by ${lastChange.by}, ${ago(lastChange.at, now)} ago`,
  ];
}

function shareText({ share, follows }: FlagView): string {
  if (follows !== null) return `follows ${follows}`;
  if (share === null) return '-';
  return `${percentText(share)}${share.isScheduled ? ' (scheduled)' : ''}`;
}

function percentText({ percent, variant }: Share): string {
  return `${percent} %${variant === null ? '' : ` ${variant}`}`;
}

/** What was asked for, beside a document as a whole. */
export type Asked = 'on' | 'off' | 'share' | 'document';

export function changedText(stored: FlagsStored, asked: Asked): string {
  const { name, revision, written, changed, effects, flag } = stored;
  const now = asked === 'share' && flag !== null ? [shareNow(flag)] : [];
  const when =
    asked === 'off'
      ? ['isolates with traffic obey within 2 s']
      : written
        ? ['isolates follow as they read KV']
        : [];
  const refused = written
    ? []
    : [
        asked === 'off'
          ? 'KV refuses the write just now: isolates without traffic go on by the earlier document until it takes it'
          : 'KV refuses the write just now; it is retried until it takes it',
      ];
  const said = `${name}: ${changed} (revision ${revision}); ${[...now, ...when, ...refused].join('; ')}.`;
  return [said, ...effects].join('\n');
}

function shareNow({ state, share }: FlagNow): string {
  const given = share === null ? '' : `${share.percent} % get ${share.variant ?? 'its variants'}`;
  return state === 'off' ? `it stays switched off: ${given} once it is on` : given;
}
