/**
 * One cookie out of a Cookie header, without taking the header apart: it may be 16 KB of other
 * people's cookies.
 */

/**
 * @returns the value of the first cookie of exactly that name as it was sent, quotes and all, without
 * the blanks after it
 */
export function cookieValue(header: string, name: string): string | undefined {
  const start = valueStart(header, name);
  if (start < 0) return undefined;
  let end = header.indexOf(';', start);
  if (end < 0) end = header.length;
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--;
  return header.slice(start, end);
}

/**
 * The header without every cookie of that name, all other bytes kept; null when nothing is left. A
 * blank before the `=` hides none: origins trim it.
 */
export function withoutCookie(header: string, name: string): string | null {
  if (!header.includes(name)) return header;
  const pairs = header.split(';');
  const kept = pairs.filter(pair => {
    const equals = pair.indexOf('=');
    return equals < 0 || pair.slice(0, equals).trim() !== name;
  });
  if (kept.length === pairs.length) return header;
  const rest = kept.join(';');
  // The blank that stood between two cookies leads none.
  const result = kept[0] === pairs[0] ? rest : rest.trimStart();
  return result.trim() === '' ? null : result;
}

function valueStart(header: string, name: string): number {
  // Would be found everywhere, without ever getting any further.
  if (name === '') return -1;
  let from = 0;
  while (from < header.length) {
    const at = header.indexOf(name, from);
    if (at < 0) return -1;
    const after = at + name.length;
    if (header.charCodeAt(after) === 0x3d && startsPair(header, at)) return after + 1;
    from = after;
  }
  return -1;
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && isBlank(header.charCodeAt(before))) before--;
  return before < 0 || header.charCodeAt(before) === 0x3b;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
