/** A rollout's revision as its ETag, RFC 9110, section 8.8.3. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** RFC 9110, section 13.1.1; `*` holds for whatever there is. */
export function ifMatchOf(header: string | undefined): number | undefined | 'malformed' {
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^\s*"(\d{1,15})"\s*$/.exec(header);
  return match === null ? 'malformed' : Number(match[1]);
}
