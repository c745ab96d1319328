/** Rows in aligned columns; the first is to the left, the others as they say. */
export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const count = Math.max(0, ...rows.map(cells => cells.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map(cells => (cells[column] ?? '').length)),
  );
  return rows.map(cells =>
    cells
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
