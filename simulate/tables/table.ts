/** A table as it is printed: Markdown, so that it can stand in the documentation as it is. */
export interface Table {
  readonly title: string;
  /** What a cell means, and how many runs it is made of. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function markdown({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    note,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

/** How many runs each table makes. */
export interface Size {
  readonly isFull: boolean;
}

export type Log = (line: string) => void;
