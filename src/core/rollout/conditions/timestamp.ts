/** RFC 3339, section 5.6; a date alone is its first moment in UTC. */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)([Zz]|[+-]\d{2}:\d{2}))?$/;

/** @returns milliseconds since 1970, undefined if it is no timestamp */
export function parseTimestamp(text: string): number | undefined {
  if (text.length > 40) return undefined;
  const [, date, time = '00:00:00', zone = 'Z'] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined) return undefined;
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  // 2026-02-30 would otherwise be read as a day in March.
  const day = Number(date.slice(8));
  const isDay =
    day >= 1 && day <= new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate();
  return Number.isNaN(ms) || !isDay ? undefined : ms;
}
