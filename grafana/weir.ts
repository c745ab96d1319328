/** The dashboard for a Prometheus data source: one row for each chosen rollout, variants side by side. */
/* eslint-disable @typescript-eslint/no-deprecated -- the second schema can be imported by Grafana 12 and
   later only, the first one by all */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { arrange } from './panels.ts';
import { chosen, DATA_SOURCE } from './promql.ts';
import { CANDIDATES } from './style.ts';
import { PANELS } from './weir-panels.ts';

export function weirDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('Weir')
    .uid('weir')
    .description('Traffic splits of Weir: weights, and what each variant does to visitors.')
    .tags(['weir'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelVariable('job', 'Job', 'weir_weight_percent'))
    .withVariable(
      labelVariable('rollout', 'Rollout', 'weir_weight_percent{job=~"$job"}').multi(true).includeAll(true),
    )
    .annotation(weightChanges())
    .withRow(new RowBuilder('$rollout').id(1).gridPos({ x: 0, y: 0, w: 24, h: 1 }).repeat('rollout'));
  for (const panel of arrange(PANELS, 1, 2)) dashboard.withPanel(panel);
  return dashboard.build();
}

function labelVariable(label: string, title: string, metric: string): QueryVariableBuilder {
  const query = `label_values(${metric}, ${label})`;
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(DATA_SOURCE)
    .query({ query, refId: `variable-${label}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

/** The new weight is made a label: the words of an annotation can show nothing else. */
function weightChanges(): AnnotationQueryBuilder {
  const weight = chosen('weir_weight_percent', CANDIDATES);
  return new AnnotationQueryBuilder()
    .name('Weight changes')
    .datasource(DATA_SOURCE)
    .enable(true)
    .iconColor('purple')
    .expr(
      `count_values by (rollout, variant) ("weight", ${weight} and changes(${weight}[$__rate_interval]) > 0)`,
    )
    .step('15s')
    .titleFormat('{{rollout}}: {{variant}} at {{weight}} %')
    .textFormat('weight changed');
}
