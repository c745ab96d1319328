/** Reads rollouts from KV: one bulk read, whatever the number of rollouts. */
import type { Reading, Stored } from '../core/rollout/active.ts';

/** Lowest the platform allows, in seconds; a change by another location shows after about as long. */
const CACHE_TTL = 30;

/** @throws whatever KV throws: the caller keeps what it has */
export async function readRollouts(kv: KVNamespace, names: readonly string[]): Promise<Map<string, Reading>> {
  const keys = names.flatMap(name => [`rollout:${name}`, `weight:${name}`, `flags:${name}`]);
  const found = await kv.getWithMetadata(keys, { cacheTtl: CACHE_TTL });
  const stored = (key: string): Stored | null => {
    // The types say that an absent key is an entry without a value; the runtime says null.
    const entry = found.get(key) as { value: string | null; metadata: unknown } | null | undefined;
    if (entry === undefined || entry === null || entry.value === null) return null;
    return { text: entry.value, ...marksOf(entry.metadata) };
  };
  return new Map(
    names.map(name => [
      name,
      {
        document: stored(`rollout:${name}`),
        weight: stored(`weight:${name}`),
        flags: stored(`flags:${name}`),
      },
    ]),
  );
}

/** What the controller wrote beside the value; what someone else put there is no mark of its. */
function marksOf(metadata: unknown): Pick<Stored, 'revision' | 'candidates'> {
  if (typeof metadata !== 'object' || metadata === null || !('revision' in metadata)) return {};
  const { revision } = metadata;
  if (typeof revision !== 'number') return {};
  const candidates = 'candidates' in metadata ? hashesOf(metadata.candidates) : undefined;
  return candidates === undefined ? { revision } : { revision, candidates };
}

function hashesOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries)
    : undefined;
}
