import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HAS_PROMETHEUS, promtool } from '../support/prometheus.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

const alerts = read('grafana/prometheus-rules.yml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map(text => ({ name: text.slice(0, text.indexOf('\n')), text }));

describe.skipIf(!HAS_PROMETHEUS)('rules (needs prometheus)', () => {
  it('are valid: promtool check rules', () => {
    const run = promtool(['check', 'rules', 'prometheus-rules.yml'], { cwd: `${root}grafana` });
    expect(run.output).toContain('SUCCESS');
    expect(run.status).toBe(0);
  });

  it('record and fire as grafana/prometheus-rules.test.yml says: promtool test rules', () => {
    const run = promtool(['test', 'rules', 'prometheus-rules.test.yml'], { cwd: `${root}grafana` });
    expect(run.output).toMatch(/^Unit Testing: {2}prometheus-rules\.test\.yml\s+SUCCESS\s*$/);
    expect(run.status).toBe(0);
  });
});

describe('alerts', () => {
  const cases = read('grafana/prometheus-rules.test.yml')
    .split(/^ {6}- alertname: /m)
    .slice(1)
    .map(text => ({ alert: text.slice(0, text.indexOf('\n')), fires: text.includes('exp_alerts:') }));
  const headings = new Set(
    [...read('docs/metrics.md').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

  it.each(alerts)(
    '$name has a severity, says what it is and what to do, and has a section in the docs',
    ({ text }) => {
      expect(text).toMatch(/^ +severity: (?:warning|critical)$/m);
      for (const annotation of ['summary', 'description'])
        expect(text).toMatch(new RegExp(`^ +${annotation}: \\S`, 'm'));
      const section = /^ +runbook: docs\/metrics\.md#(\S+)$/m.exec(text)?.[1];
      expect(headings).toContain(section);
    },
  );

  it.each(alerts)('$name is tested firing and not firing', ({ name }) => {
    const own = cases.filter(({ alert }) => alert === name).map(({ fires }) => fires);
    expect(own).toContain(true);
    expect(own).toContain(false);
  });
});
