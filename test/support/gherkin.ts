/**
 * Reads a Gherkin feature file: Background, Scenario, Scenario Outline with Examples, tags, and tables under
 * steps. That is all that the OpenFeature specification's file uses; any other line is an error.
 */

export interface Step {
  /** Without its keyword, the values of the example filled in. */
  readonly text: string;
  /** Cells by row. */
  readonly table: readonly (readonly string[])[];
}

export interface Scenario {
  /** With the example's values, so that no two are called the same. */
  readonly name: string;
  readonly tags: readonly string[];
  /** Those of the background first. */
  readonly steps: readonly Step[];
}

interface Draft {
  readonly name: string;
  readonly tags: readonly string[];
  readonly steps: { text: string; table: string[][] }[];
  readonly examples: { readonly table: string[][] }[];
}

/** @throws on what it does not know, with the line's number */
export function readFeature(text: string): Scenario[] {
  const background = draft('background');
  const drafts: Draft[] = [];
  let tags: string[] = [];
  /** Where a table's rows go. */
  let rows: string[][] | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('Feature:')) continue;
    const current = drafts.at(-1);
    if (line.startsWith('@')) {
      tags.push(...line.split(/\s+/));
    } else if (line.startsWith('|')) {
      if (rows === undefined) throw new Error(`line ${index + 1}: a table that belongs to nothing`);
      rows.push(cellsOf(line));
    } else if (line === 'Background:') {
      drafts.push(background);
    } else if (/^Scenario(?: Outline)?:/.test(line)) {
      drafts.push(draft(afterColon(line), tags));
      tags = [];
    } else if (line.startsWith('Examples:')) {
      tags = [];
      rows = [];
      current?.examples.push({ table: rows });
    } else if (/^(?:Given|When|Then|And|But) /.test(line)) {
      if (current === undefined) throw new Error(`line ${index + 1}: a step outside of scenarios`);
      rows = [];
      current.steps.push({ text: line.slice(line.indexOf(' ') + 1), table: rows });
    } else {
      throw new Error(`line ${index + 1} is not understood: ${line}`);
    }
  }
  return drafts
    .filter(scenario => scenario !== background)
    .flatMap(expanded)
    .map(scenario => ({ ...scenario, steps: [...background.steps, ...scenario.steps] }));
}

function draft(name: string, tags: readonly string[] = []): Draft {
  return { name, tags, steps: [], examples: [] };
}

function afterColon(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}

/** One scenario for each example; itself where it has none. */
function expanded({ name, tags, steps, examples }: Draft): Scenario[] {
  if (examples.length === 0) return [{ name, tags, steps }];
  return examples.flatMap(({ table: [head = [], ...rows] }) =>
    rows.map(row => {
      const values = new Map(head.map((column, i) => [column, row[i] ?? '']));
      const fill = (text: string): string =>
        text.replace(/<(\w+)>/g, (whole, column: string) => values.get(column) ?? whole);
      return {
        name: `${name}: ${row.join(', ')}`,
        tags,
        steps: steps.map(({ text, table }) => ({
          text: fill(text),
          table: table.map(cells => cells.map(fill)),
        })),
      };
    }),
  );
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim());
}
