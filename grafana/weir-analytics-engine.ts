/* eslint-disable @typescript-eslint/no-deprecated -- the classic model: every Grafana that people run imports it */
/**
 * The dashboard for Analytics Engine, by way of its SQL API and Altinity's plugin for ClickHouse
 * (`vertamedia-clickhouse-datasource`), which Cloudflare's documentation recommends. The plugin
 * replaces `$timeSeries`, `$timeFilter` and `$interval`.
 */
import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { ROW_SCHEMA } from '../src/core/metrics/analytics-row.ts';
import {
  errorRatio,
  latencyQuantile,
  requestsPerSecond,
  unansweredRatio,
  weight,
  type Asked,
} from './analytics-engine-sql.ts';
import { colourVariants } from './style.ts';

const PLUGIN = 'vertamedia-clickhouse-datasource';
const DATASOURCE = { type: PLUGIN, uid: '${datasource}' };

const ROLLOUTS = `SELECT blob2 AS rollout FROM weir WHERE timestamp > NOW() - INTERVAL '7' DAY GROUP BY rollout ORDER BY rollout`;

const SHOWN: Asked = {
  time: '$timeSeries',
  seconds: '$interval',
  where: `$timeFilter AND blob1 = '${ROW_SCHEMA}' AND blob2 = '\${rollout:raw}'`,
};

/** What the plugin stores in a panel: the builders of the SDK don't know it. */
interface PluginQuery extends Dataquery {
  readonly refId: string;
  readonly datasource: typeof DATASOURCE;
  readonly query: string;
  readonly rawQuery: boolean;
  readonly editorMode: 'sql';
  readonly format: 'time_series';
  readonly table: string;
  /** The column that the macros are about. */
  readonly dateTimeColDataType: string;
  readonly dateTimeType: 'DATETIME';
  readonly intervalFactor: number;
  readonly round: string;
  /** The last stretch of time is not over yet; a guess at it would show a ratio that nobody measured. */
  readonly extrapolate: false;
  /** A comment before the query, which the SQL API need not take. */
  readonly add_metadata: false;
  readonly skip_comments: boolean;
}

function pluginQuery(query: string): PluginQuery {
  return {
    _implementsDataqueryVariant: () => undefined,
    refId: 'A',
    datasource: DATASOURCE,
    query,
    rawQuery: true,
    editorMode: 'sql',
    format: 'time_series',
    table: 'weir',
    dateTimeColDataType: 'timestamp',
    dateTimeType: 'DATETIME',
    intervalFactor: 1,
    round: '0s',
    extrapolate: false,
    add_metadata: false,
    skip_comments: true,
  };
}

function panel(title: string, description: string, unit: string, query: string): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget({ build: () => pluginQuery(query) })
    .unit(unit)
    .min(0)
    .interval('10s')
    .height(8)
    .span(12);
  return colourVariants(panel);
}

const quantilePanel = (name: string, q: number): PanelBuilder =>
  panel(
    `Latency ${name}`,
    'Time to response headers, between bounds that double; 8 s stands for everything above it.',
    's',
    latencyQuantile(SHOWN, q),
  ).span(8);

export function analyticsEngineDashboard(): Dashboard {
  return new DashboardBuilder('Weir (Analytics Engine)')
    .uid('weir-analytics-engine')
    .description('What each variant of a rollout does to its visitors, from Workers Analytics Engine.')
    .tags(['weir'])
    .refresh('1m')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type(PLUGIN))
    .withVariable(
      new QueryVariableBuilder('rollout')
        .label('Rollout')
        .datasource(DATASOURCE)
        .query(ROLLOUTS)
        .refresh(VariableRefresh.OnDashboardLoad),
    )
    .withPanel(
      panel(
        'Weight',
        'Share of visitors that each variant gets, mean of the isolates.',
        'percent',
        weight(SHOWN),
      ).max(100),
    )
    .withPanel(
      panel(
        'Requests per second',
        'Proxied requests, by assigned variant.',
        'reqps',
        requestsPerSecond(SHOWN),
      ),
    )
    .withPanel(
      panel(
        'Error ratio',
        '5xx answers and missing ones, of all requests.',
        'percentunit',
        errorRatio(SHOWN),
      ),
    )
    .withPanel(
      panel(
        'No answer',
        'Requests that the origin did not answer, or not in time.',
        'percentunit',
        unansweredRatio(SHOWN),
      ),
    )
    .withPanel(quantilePanel('p50', 0.5))
    .withPanel(quantilePanel('p95', 0.95))
    .withPanel(quantilePanel('p99', 0.99))
    .build();
}
