/** What one rollout's figures say. */
import { eventually } from './eventually.ts';
import { scrape, sum, type Samples } from './figures.ts';
import type { TestWeir } from './weir.ts';

/** Samples of one rollout, once they show so many requests. */
export async function figuresOf(weir: TestWeir, rollout: string, requests: number): Promise<Figures> {
  const samples = await eventually(`${requests} requests of ${rollout} in metrics`, async () => {
    const scraped = await scrape(weir);
    return sum(scraped, 'weir_requests_total', { rollout }) >= requests && scraped;
  });
  return new Figures(samples, rollout);
}

export class Figures {
  readonly #samples: Samples;
  readonly #rollout: string;

  constructor(samples: Samples, rollout: string) {
    this.#samples = samples;
    this.#rollout = rollout;
  }

  sum(metric: string, labels: Readonly<Record<string, string>> = {}): number {
    return sum(this.#samples, metric, { rollout: this.#rollout, ...labels });
  }
}
