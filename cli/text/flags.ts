/** Flags as text for a terminal. */
import type { Share } from '../../src/core/flags/share.ts';
import type { FlagNow, FlagsView, FlagView } from '../../src/core/flags/view.ts';
import type { Explanation } from '../explaining.ts';
import { columns } from './columns.ts';
import { ago } from './time.ts';

/** As the API answers a change. */
export interface FlagsStored {
  readonly name: string;
  readonly revision: number;
  readonly written: boolean;
  /** What, in words. */
  readonly changed: string;
  /** The one that was turned; null for a document, and for one that is removed. */
  readonly flag: FlagNow | null;
}

const BUCKETS = 2 ** 32;

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

export function changedText({ name, revision, written, changed, flag }: FlagsStored, asked: Asked): string {
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
  return `${name}: ${changed} (revision ${revision}); ${[...now, ...when, ...refused].join('; ')}.`;
}

function shareNow({ state, share }: FlagNow): string {
  const given = share === null ? '' : `${share.percent} % get ${share.variant ?? 'its variants'}`;
  return state === 'off' ? `it stays switched off: ${given} once it is on` : given;
}

export function explanationText(explanation: Explanation): string {
  const { key, variant, value, reason, unknown } = explanation;
  const result = variant === null ? "the app's own default" : `${variant} = ${JSON.stringify(value)}`;
  const lines = [`${key}: ${result}`, `${reason}: ${whyOf(explanation)}`];
  if (unknown.length > 0)
    lines.push(
      `Only the edge knows ${unknown.join(', ')} of a caller: conditions on that did not hold here.`,
    );
  return lines.join('\n');
}

function whyOf({ reason, errorCode, errorDetails, rule, bucket, gate }: Explanation): string {
  if (errorCode !== null) return `${errorCode}, ${errorDetails}`;
  if (reason === 'DISABLED') return 'it is switched off, so everyone gets this';
  switch (gate?.kind) {
    case 'prerequisite':
      return `it needs another variant of ${gate.name}`;
    case 'holdout':
      return `the caller is held out by ${gate.name}`;
    case 'group':
      return `in the group ${gate.name} the caller is in another slot`;
    case 'unit':
      return `the context has no ${gate.name} to draw by`;
    case undefined:
      break;
    default:
      return gate?.name ?? '';
  }
  if (bucket !== null)
    return `rule ${rule} drew bucket ${bucket} of ${BUCKETS}, at ${((bucket / BUCKETS) * 100).toFixed(3)} %`;
  return rule === '' ? 'no rule decided, so the default holds' : `rule ${rule} holds`;
}
