/** Documents and the audit log as text. */
import type { Change } from '../../src/core/rollout/changes.ts';
import { quote } from '../../src/core/rollout/problem.ts';
import { columns } from './columns.ts';

export interface Events {
  readonly events: readonly {
    readonly at: string;
    readonly by: string;
    readonly channel: string;
    readonly action: string;
    readonly detail: string;
  }[];
}

export interface History {
  readonly documents: readonly {
    readonly revision: number;
    readonly by: string;
    readonly channel: string;
    readonly at: string;
    readonly changed: readonly string[] | null;
  }[];
}

/** A line is as wide as a terminal; `--json` has all of it. */
const MAX_PATHS = 4;

export function eventsText({ events }: Events): string {
  if (events.length === 0) return 'Nothing has been changed yet.';
  return columns(
    events.map(({ at, by, channel, action, detail }) => [seconds(at), by, channel, action, detail]),
    [0, 1, 2, 3, 4],
  ).join('\n');
}

export function historyText({ documents }: History): string {
  if (documents.length === 0) return 'No document has been put yet.';
  const rows = documents.map(({ revision, by, channel, at, changed }) => [
    String(revision),
    seconds(at),
    by,
    channel,
    changed === null ? 'the oldest that is kept' : pathsText(changed),
  ]);
  return columns([['revision', 'at', 'by', 'through', 'changed'], ...rows], [1, 2, 3, 4]).join('\n');
}

export function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'No difference.';
  return changes
    .map(({ path, before, after }) => {
      if (before === undefined) return `+ ${path}: ${quote(after)}`;
      return after === undefined
        ? `- ${path}: ${quote(before)}`
        : `~ ${path}: ${quote(before)} → ${quote(after)}`;
    })
    .join('\n');
}

function pathsText(paths: readonly string[]): string {
  if (paths.length === 0) return 'nothing but layout';
  const rest = paths.length - MAX_PATHS;
  return paths.slice(0, MAX_PATHS).join(' ') + (rest > 0 ? ` and ${rest} more` : '');
}

function seconds(at: string): string {
  return at.replace(/\.\d+Z$/, 'Z');
}
