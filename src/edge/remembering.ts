import { BoundedMap } from './bounded-map.ts';

const MAX_LENGTH = 512;

/**
 * A reading of header text that costs microseconds, done once for each of the last `limit` texts:
 * most clients send one of few. Only the first 512 characters are read, and what is longer isn't
 * remembered: no browser sends as much, and the part would keep the whole in memory.
 */
export function remembering<T>(limit: number, read: (text: string) => T): (text: string) => T {
  const remembered = new BoundedMap<T>(limit);
  return text => {
    if (text.length > MAX_LENGTH) return read(text.slice(0, MAX_LENGTH));
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const value = read(text);
    if (value !== undefined) remembered.set(text, value);
    return value;
  };
}
