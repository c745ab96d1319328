/** What somebody else said, as one short line for logs and status. @param max characters */
export function oneLine(text: string, max: number): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, max);
}
