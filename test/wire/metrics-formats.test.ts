import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, Visitor } from '../support/client.ts';
import { startVariants, type Variants } from '../support/variants.ts';
import { ADMIN_TOKEN, startTestWeir, type TestWeir } from '../support/weir.ts';

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

let variants: Variants;
let weir: TestWeir;

beforeAll(async () => {
  variants = await startVariants();
  weir = await startTestWeir();
  await weir.putKv('rollout:default', variants.document());
  await new Visitor().visit(weir.url);
});
afterAll(async () => {
  await weir.stop();
  await variants.close();
});

const scrape = (accept: string | undefined, method = 'GET') =>
  get(
    `${weir.url}/__weir/metrics`,
    { authorization: `Bearer ${ADMIN_TOKEN}`, ...(accept === undefined ? {} : { accept }) },
    method,
  );

describe('the format of /metrics', () => {
  it.each([
    ['no Accept header', undefined, TEXT],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
    ['curl', '*/*', TEXT],
    ['text only', 'text/plain', TEXT],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPEN_METRICS,
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPEN_METRICS,
    ],
    ['OpenMetrics without a version', 'Application/OpenMetrics-Text', OPEN_METRICS],
    ['only an older OpenMetrics', 'application/openmetrics-text; version=0.0.1, */*;q=0.1', TEXT],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0, text/plain;q=0.1', TEXT],
    ['text preferred', 'application/openmetrics-text;q=0.4, text/plain;q=0.5', TEXT],
    ['any text preferred', 'application/openmetrics-text;q=0.4, text/*;q=0.5', TEXT],
    ['a header that is none', ';;q=,,=', TEXT],
  ])('is right for %s', async (_, accept, type) => {
    const answer = await scrape(accept);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, type]);
    expect(answer.text.endsWith('# EOF\n')).toBe(type === OPEN_METRICS);
    // Neither a cache nor a proxy may give one scraper's format to the other.
    expect([answer.headers.vary, answer.headers['cache-control']]).toEqual(['Accept', 'no-store']);
  });

  it('is what HEAD tells too, without a body', async () => {
    const answer = await scrape('application/openmetrics-text', 'HEAD');
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, OPEN_METRICS, '']);
  });
});
