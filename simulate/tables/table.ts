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
  /** Of every cell; undefined: as each table has it. */
  readonly runs?: number;
}

export function runsOf({ isFull, runs }: Size, usual: number, full: number): number {
  return runs ?? (isFull ? full : usual);
}

export interface Log {
  /** A row, as soon as it is known. */
  (line: string): void;
  /** Outcome of one run, as it was. */
  readonly keep: (raw: Readonly<Record<string, unknown>>) => void;
}
