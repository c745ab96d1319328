/** What differs between two documents, as JSON: neither layout nor the order of keys is a change. */
import { jsonPath } from './problem.ts';

export interface Change {
  readonly path: string;
  /** Absent: it was not there. */
  readonly before?: unknown;
  /** Absent: it is gone. */
  readonly after?: unknown;
}

/** More are not listed: the documents have little in common then. */
const MAX_CHANGES = 200;

/** @returns the smallest values that differ, in the order of the first document; at most 200 */
export function changesOf(before: unknown, after: unknown): Change[] {
  const changes: Change[] = [];
  collect(before, after, [], changes);
  return changes;
}

function collect(before: unknown, after: unknown, path: readonly PropertyKey[], into: Change[]): void {
  if (into.length >= MAX_CHANGES) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index++) collect(before[index], after[index], [...path, index], into);
  } else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(own(before, key), own(after, key), [...path, key], into);
    }
  } else if (before !== after) {
    into.push({
      path: jsonPath(path),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
