/** Which text a scraper gets, by its Accept header (RFC 9110, section 12.5.1). */
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { openMetricsText, prometheusText } from '../core/metrics/exposition.ts';
import type { Family } from '../core/metrics/family.ts';

const OPEN_METRICS = 'application/openmetrics-text';
const PLAIN = 'text/plain';

/** One media range of the header; hono keeps the name of this type to itself. */
interface Accepted {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly q: number;
}

/** OpenMetrics only for those who name it: browsers and curl, who take anything, read plain text. */
export function metricsResponse(context: Context, families: readonly Family[]): Response {
  const format = accepts(context, {
    header: 'Accept',
    supports: [OPEN_METRICS, PLAIN],
    default: PLAIN,
    match: accepted => (prefersOpenMetrics(accepted) ? OPEN_METRICS : PLAIN),
  });
  const isOpen = format === OPEN_METRICS;
  return new Response(isOpen ? openMetricsText(families) : prometheusText(families), {
    headers: {
      'content-type': `${format}; version=${isOpen ? '1.0.0' : '0.0.4'}; charset=utf-8`,
      vary: 'Accept',
    },
  });
}

function prefersOpenMetrics(accepted: readonly Accepted[]): boolean {
  const open = qualityOf(accepted, OPEN_METRICS, '1.0.0') ?? 0;
  const plain =
    qualityOf(accepted, PLAIN, '0.0.4') ?? qualityOf(accepted, 'text/*') ?? qualityOf(accepted, '*/*') ?? 0;
  return open > 0 && open >= plain;
}

/** The highest `q` under which a type is named, without a version or with this one. */
function qualityOf(accepted: readonly Accepted[], type: string, version?: string): number | undefined {
  const named = accepted.filter(
    accept => accept.type.toLowerCase() === type && (accept.params['version'] ?? version) === version,
  );
  return named.length === 0 ? undefined : Math.max(...named.map(({ q }) => q));
}
