/** Weir's metrics as a Prometheus data source gives them: of the chosen job and rollout, by variant. */
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that is chosen on the dashboard. */
export const DATA_SOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** A metric of what is chosen. @param more further matchers, e.g. `variant="stable"` */
export function chosen(metric: string, ...more: readonly string[]): string {
  return `${metric}{${['job=~"$job"', 'rollout=~"$rollout"', ...more].join(', ')}}`;
}

/** Per second. `$__rate_interval` holds four scrapes at least, so that one that is late makes no hole. */
export function rate(by: string, selector: string): string {
  return `sum by (${by}) (rate(${selector}[$__rate_interval]))`;
}

/** How many in the time that is shown. */
export function total(by: string, selector: string): string {
  return `sum by (${by}) (increase(${selector}[$__range]))`;
}

/** No value without requests, rather than NaN. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** @param q in [0, 1] @param buckets counts by `variant` and `le` */
export function quantile(q: number, buckets: string): string {
  return `histogram_quantile(${q}, ${buckets}) >= 0`;
}

export function series(refId: string, expression: string, legend: string): DataqueryBuilder {
  return base(refId, expression).legendFormat(legend).range();
}

/** One value, at the end of what is shown. */
export function instant(refId: string, expression: string, legend: string): DataqueryBuilder {
  return base(refId, expression).legendFormat(legend).instant();
}

export function buckets(refId: string, expression: string): DataqueryBuilder {
  return base(refId, expression).legendFormat('{{le}}').range().format(PromQueryFormat.Heatmap);
}

function base(refId: string, expression: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(DATA_SOURCE).expr(expression);
}
