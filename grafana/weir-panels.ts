/** What the dashboard for Prometheus shows of one rollout, from now and here down to the details. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import { evidence, position } from './delivery-panels.ts';
import { heat, judged, lines, numbers, shares, type Placeable } from './panels.ts';
import { buckets, chosen, instant, quantile, rate, ratio, series, total } from './promql.ts';
import { CANDIDATES, colourVariants, ERROR_RATIO_THRESHOLDS, thresholds } from './style.ts';

const REQUESTS = chosen('weir_requests_total');
const ERRORS = chosen('weir_errors_total');
const DURATIONS = chosen('weir_request_duration_seconds_bucket');

const now: readonly Placeable[] = [
  colourVariants(
    numbers({
      title: 'Weight now',
      description: 'Share of the traffic that no rule has claimed.',
      unit: 'percent',
      targets: [instant('A', `sum by (variant) (${chosen('weir_weight_percent')})`, '{{variant}}')],
    }),
  ),
  colourVariants(
    numbers({
      title: 'Requests',
      description: 'Proxied requests in the time that is shown, by the variant they were assigned to.',
      unit: 'short',
      targets: [instant('A', total('variant', REQUESTS), '{{variant}}')],
    }),
  ),
  judged(
    numbers({
      title: 'Error ratio',
      description:
        'Share of 5xx answers and missing answers in the time that is shown. Yellow from 1 %, red from 5 %.',
      unit: 'percentunit',
      targets: [instant('A', ratio(total('variant', ERRORS), total('variant', REQUESTS)), '{{variant}}')],
    }).thresholds(ERROR_RATIO_THRESHOLDS),
  ),
  colourVariants(
    numbers({
      title: 'Latency p95',
      description:
        'Time to response headers that 95 % of the requests in the time that is shown kept within.',
      unit: 's',
      targets: [instant('A', quantile(0.95, total('variant, le', DURATIONS)), '{{variant}}')],
    }),
  ),
];

const traffic: readonly Placeable[] = [
  colourVariants(
    shares(
      {
        title: 'Weight',
        description: 'The weights in force, as the isolates report them. Changes are marked on every panel.',
        unit: 'percent',
        targets: [series('A', `sum by (variant) (${chosen('weir_weight_percent')})`, '{{variant}}')],
      },
      100,
    ),
  ),
  colourVariants(
    lines({
      title: 'Requests per second',
      description: 'Proxied requests by the variant they were assigned to.',
      unit: 'reqps',
      targets: [series('A', rate('variant', REQUESTS), '{{variant}}')],
    }),
  ),
  colourVariants(
    lines({
      title: 'Error ratio',
      description:
        'Share of requests that ended in a 5xx answer or in none. A gap is a time without requests.',
      unit: 'percentunit',
      targets: [series('A', ratio(rate('variant', ERRORS), rate('variant', REQUESTS)), '{{variant}}')],
    })
      .thresholds(ERROR_RATIO_THRESHOLDS)
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed)),
  ),
];

const latency: readonly Placeable[] = [0.5, 0.95, 0.99].map(q =>
  colourVariants(
    lines({
      title: `Latency p${q * 100}`,
      description: `Time to response headers that ${q * 100} % of the requests kept within.`,
      unit: 's',
      targets: [series('A', quantile(q, rate('variant, le', DURATIONS)), '{{variant}}')],
    }),
  ),
);

const trouble: readonly Placeable[] = [
  errorKinds('Errors of stable by kind', 'variant="stable"'),
  errorKinds('Errors of candidates by kind', CANDIDATES),
  lines({
    title: 'Kept from visitors',
    description:
      'What a candidate failed and stable answered instead: failovers (second attempts) and diverted requests (the breaker was open), and how often the breaker of an isolate opened.',
    unit: 'ops',
    targets: [
      series(
        'A',
        rate('variant, result', chosen('weir_failovers_total', CANDIDATES)),
        '{{variant}} failover {{result}}',
      ),
      series('B', rate('variant', chosen('weir_diverted_total', CANDIDATES)), '{{variant}} diverted'),
      series(
        'C',
        rate('variant', chosen('weir_breaker_open_total', CANDIDATES)),
        '{{variant}} breaker opened',
      ),
    ],
  }),
  lines({
    title: 'Weir itself',
    description:
      'Readings of KV that were refused (the last good configuration stays in force) and outcomes that could not be delivered. Both should be 0.',
    unit: 'short',
    targets: [
      series('A', `sum(increase(${chosen('weir_config_errors_total')}[$__rate_interval]))`, 'config errors'),
      series('B', `sum(increase(${chosen('weir_lost_outcomes_total')}[$__rate_interval]))`, 'lost outcomes'),
    ],
  })
    .thresholds(thresholds(undefined, 1))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed)),
];

function errorKinds(title: string, variant: string): Placeable {
  return lines({
    title,
    description:
      'http_5xx: its own answers. connect, timeout: no answer. breaker: diverted. platform: Cloudflare itself.',
    unit: 'reqps',
    targets: [series('A', rate('kind', chosen('weir_errors_total', variant)), '{{kind}}')],
  });
}

const heatmaps: readonly Placeable[] = [
  heat(durations('Latency of stable', 'variant="stable"'), 'Blues'),
  heat(durations('Latency of candidates', CANDIDATES), 'Oranges'),
];

function durations(title: string, variant: string) {
  const selector = chosen('weir_request_duration_seconds_bucket', variant);
  return {
    title,
    description: 'How many requests took how long to their response headers.',
    unit: 's',
    targets: [buckets('A', `sum by (le) (increase(${selector}[$__rate_interval]))`)],
  };
}

/** In rows of 24 columns. */
export const PANELS = [
  { height: 4, panels: now },
  { height: 9, panels: traffic },
  { height: 9, panels: position },
  { height: 9, panels: evidence },
  { height: 9, panels: latency },
  { height: 9, panels: trouble },
  { height: 9, panels: heatmaps },
];
