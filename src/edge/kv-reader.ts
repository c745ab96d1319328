/** Reads rollouts from KV: one bulk read, whatever the number of rollouts. */
import type { Reading, Stored } from '../core/rollout/active.ts';

/** Lowest the platform allows, in seconds; a change by another location shows after about as long. */
const CACHE_TTL = 30;

/** @throws whatever KV throws: the caller keeps what it has */
export async function readRollouts(kv: KVNamespace, names: readonly string[]): Promise<Map<string, Reading>> {
  const keys = names.flatMap(name => [`rollout:${name}`, `weight:${name}`]);
  const found = await kv.getWithMetadata(keys, { cacheTtl: CACHE_TTL });
  const stored = (key: string): Stored | null => {
    // The types say that an absent key is an entry without a value; the runtime says null.
    const entry = found.get(key) as { value: string | null; metadata: unknown } | null | undefined;
    if (entry === undefined || entry === null || entry.value === null) return null;
    const revision = revisionOf(entry.metadata);
    return revision === undefined ? { text: entry.value } : { text: entry.value, revision };
  };
  return new Map(
    names.map(name => [name, { document: stored(`rollout:${name}`), weight: stored(`weight:${name}`) }]),
  );
}

function revisionOf(metadata: unknown): number | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('revision' in metadata)) return undefined;
  return typeof metadata.revision === 'number' ? metadata.revision : undefined;
}
