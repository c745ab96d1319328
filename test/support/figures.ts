/** Reads Weir's own Prometheus text. */
import type { TestWeir } from './weir.ts';

export type Samples = ReadonlyMap<string, number>;

/** All samples by their full name, e.g. `weir_errors_total{rollout="default",variant="canary",kind="connect"}`. */
export async function scrape(weir: Pick<TestWeir, 'admin'>): Promise<Samples> {
  const response = await weir.admin('/metrics');
  if (response.status !== 200) throw new Error(`metrics answered ${response.status}`);
  const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Sum of the samples of a metric whose labels hold all of `labels`. */
export function sum(samples: Samples, metric: string, labels: Readonly<Record<string, string>> = {}): number {
  let total = 0;
  for (const [name, value] of samples) {
    if (!name.startsWith(`${metric}{`)) continue;
    if (Object.entries(labels).every(([label, wanted]) => name.includes(`${label}="${wanted}"`)))
      total += value;
  }
  return total;
}
