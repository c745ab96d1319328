/** The figures as a table for people. */
import { summaryOf, type Figure, type Section } from './figures.ts';
import type { Machine } from './machine.ts';
import type { Settings } from './settings.ts';

const HEAD = ['', 'median', 'min … max', 'target', ''] as const;
const NOTE_WIDTH = 100;

export function heading(machine: Machine, settings: Settings): string {
  return [
    `Weir ${machine.weir} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}; load before ${machine.loadBefore.toFixed(2)}`,
    `Node ${machine.node}, workerd ${machine.workerd}, Hono ${machine.hono}, wrk ${machine.wrk}`,
    `${settings.rounds} rounds of ${settings.seconds} s, ${settings.connections} connections`,
  ].join('\n');
}

export function tableOf(sections: readonly Section[]): string {
  const rows = sections.map(section => section.figures.map(rowOf));
  // One grid for all sections: the columns stand under each other.
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.flat().map(row => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (isLeft(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd();
  return sections
    .map(({ title, note }, i) => [
      title,
      ...[...wrapped(note), line(HEAD), ...rows[i]!.map(line)].map(indented),
    ])
    .map(lines => lines.join('\n'))
    .join('\n\n');
}

function indented(line: string): string {
  return `  ${line}`;
}

function wrapped(text: string): string[] {
  return text.match(new RegExp(`\\S.{0,${NOTE_WIDTH - 1}}(?=\\s|$)`, 'g')) ?? [];
}

function isLeft(column: number): boolean {
  return column === 0 || column === HEAD.length - 1;
}

function rowOf(figure: Figure): readonly string[] {
  const { median, min, max } = summaryOf(figure);
  const show = (value: number): string => amount(value, figure.unit);
  const unit = figure.unit === 'ratio' ? '' : ` ${figure.unit}`;
  return [
    figure.name,
    show(median) + unit,
    figure.values.length > 1 ? `${show(min)} … ${show(max)}` : '',
    targetText(figure),
    verdict(figure),
  ];
}

function targetText({ target, unit }: Figure): string {
  if (target === undefined) return '';
  const show = (value: number): string => (unit === 'ratio' ? value.toFixed(2) : String(value));
  const next = target.next === undefined ? '' : `, then ${show(target.next)}`;
  return `${target.direction === 'at least' ? '≥' : '≤'} ${show(target.value)}${next}`;
}

export function verdict(figure: Figure): string {
  const { reached, reachedNext } = summaryOf(figure);
  if (reached === null) return '';
  if (!reached) return 'NOT REACHED';
  return reachedNext === true ? 'reached, the next too' : 'reached';
}

function amount(value: number, unit: Figure['unit']): string {
  switch (unit) {
    case 'requests/s':
      return Math.round(value).toLocaleString('en');
    case 'ratio':
      // One digit more than the targets have: a median of 0.638 must not look like 0.64.
      return value.toFixed(3);
    case 'µs':
    case 'ns':
    case 'ms':
    case 'KB':
      return value.toFixed(1);
  }
}
