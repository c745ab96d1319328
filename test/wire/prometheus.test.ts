import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, Visitor } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startOrigin, type HttpOrigin } from '../support/origin.ts';
import { HAS_PROMETHEUS, promtool, startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, evictHub, startTestWeir, type TestWeir } from '../support/weir.ts';

const TEXT = 'text/plain; version=0.0.4';

describe.skipIf(!HAS_PROMETHEUS)('Prometheus (needs prometheus)', () => {
  let variants: Variants;
  let weir: TestWeir;
  let textOnly: HttpOrigin;
  /** One server that asks for OpenMetrics, as it does by itself, and one that gets the text format. */
  let servers: Readonly<Record<'OpenMetrics' | 'text', Prometheus>>;

  beforeAll(async () => {
    variants = await startVariants();
    weir = await startTestWeir();
    await weir.putKv('rollout:default', variants.document({ proxy: { failover: false } }));
    await weir.putKv('weight:default', '40');
    await new Visitor().visit(weir.url);
    textOnly = await startOrigin((request, response) => {
      weir
        .admin(request.url!.replace('/__weir', ''), { headers: { accept: TEXT } })
        .then(async answer => {
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! });
          response.end(await answer.text());
        })
        .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
    });
    const [open, text] = await Promise.all(
      [weir.url, textOnly.url].map(scrape => startPrometheus({ scrape, token: ADMIN_TOKEN })),
    );
    servers = { OpenMetrics: open!, text: text! };
  });
  afterAll(async () => {
    // Who scrapes goes first, or there would be nothing to scrape.
    await Promise.all(Object.values(servers).map(server => server.stop()));
    await textOnly.close();
    await weir.stop();
    await variants.close();
  });

  const counted = (server: Prometheus): Promise<number | undefined> =>
    server.value('sum(weir_requests_total)');

  it('scrapes both formats without a warning, while traffic runs and the hub is evicted: no counter steps back', async () => {
    let sent = 1;
    for (let round = 1; round <= 3; round++) {
      await inParallel(200, 20, async index => {
        await new Visitor().visit(`${weir.url}/?status=${index % 4 === 0 ? 503 : 200}`);
        sent++;
      });
      for (const server of Object.values(servers))
        await eventually('a scrape of this round', async () => (await counted(server)) === sent);
      await evictHub(weir, 'default');
    }
    for (const [format, server] of Object.entries(servers)) {
      const counters = await server.query(
        'count by (__name__) ({__name__=~"weir_.+_(total|bucket|sum|count)"})',
      );
      expect(counters.length).toBeGreaterThan(10);
      for (const { labels } of counters) {
        const name = labels['__name__']!;
        expect([format, name, await server.value(`max(resets(${name}[10m]))`)]).toEqual([format, name, 0]);
      }
      await eventually('a scrape', async () => (await server.value('up')) === 1);
      expect([format, server.log().filter(isWorrying)]).toEqual([format, []]);
    }
  });

  it('stores the same series from both formats', async () => {
    const seriesOf = async (server: Prometheus): Promise<string[]> =>
      (await server.query('{__name__=~"weir_.+"}'))
        .map(({ labels }) => JSON.stringify(Object.entries({ ...labels, instance: '' }).sort()))
        .sort();
    const series = await seriesOf(servers.OpenMetrics);
    expect(series.length).toBeGreaterThan(100);
    expect(await seriesOf(servers.text)).toEqual(series);
  });

  it('knows type, unit and help of each metric', async () => {
    const metadata = await servers.OpenMetrics.metadata();
    expect(metadata.get('weir_request_duration_seconds')).toEqual({
      type: 'histogram',
      unit: 'seconds',
      help: 'Time to response headers.',
    });
    for (const [name, { type, help }] of metadata)
      expect([name, type === 'unknown', help === '']).toEqual([name, false, false]);
  });

  it('has no complaint about the text format: promtool check metrics', async () => {
    const text = await (await weir.admin('/metrics', { headers: { accept: TEXT } })).text();
    expect(promtool(['check', 'metrics'], { input: text })).toEqual({ status: 0, output: '' });
  });
});

/**
 * A failed scrape is logged at level debug; anything else that is wrong, at warn or error. Not that a busy
 * machine took longer than the second that a scrape has here.
 */
function isWorrying(line: string): boolean {
  if (line.includes('context deadline exceeded')) return false;
  return /level=(?:warn|error)/.test(line) || /component="scrape manager".*err=/.test(line);
}
