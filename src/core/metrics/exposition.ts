/**
 * Metric families as text, in the two formats that scrapers ask for. Both give the same series.
 *
 * No `_created` samples in OpenMetrics: a hub does not know since when each variant is counted, and
 * Prometheus 2 would store them as series that the other format doesn't have.
 */
import type { Family } from './family.ts';

/** Prometheus text format 0.0.4. */
export function prometheusText(families: readonly Family[]): string {
  return families
    .map(family => {
      const { name, type, help } = family;
      return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${sampleLines(family)}`;
    })
    .join('');
}

/** OpenMetrics 1.0: a counter's family is named without `_total`, and a unit is said. */
export function openMetricsText(families: readonly Family[]): string {
  const blocks = families.map(family => {
    const name = family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
    const unit = family.unit === undefined ? '' : `# UNIT ${name} ${family.unit}\n`;
    // In this format alone a quotation mark is escaped in help, too.
    const help = escapeHelp(family.help).replaceAll('"', '\\"');
    return `# TYPE ${name} ${family.type}\n${unit}# HELP ${name} ${help}\n${sampleLines(family)}`;
  });
  return `${blocks.join('')}# EOF\n`;
}

function sampleLines({ name, samples }: Family): string {
  return samples
    .map(({ suffix = '', labels, value }) => {
      const pairs = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`);
      return `${name}${suffix}{${pairs.join(',')}} ${value}\n`;
    })
    .join('');
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
