/** Panels as all dashboards have them; what they show, and of which data source, is the caller's. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder as HeatmapBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export interface Shown {
  readonly title: string;
  /** What it counts, for those who see it for the first time. */
  readonly description: string;
  readonly unit: string;
  readonly targets: readonly Builder<Dataquery>[];
}

/** Lines over time, with last value, mean and maximum in the legend. */
export function lines({ title, description, unit, targets }: Shown): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .targets([...targets])
    .min(0)
    .lineWidth(2)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'mean', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** Shares of a whole, one on the other, that change in steps. */
export function shares(shown: Shown, whole: number): TimeseriesBuilder {
  return lines(shown)
    .max(whole)
    .lineInterpolation(LineInterpolation.StepAfter)
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

/** The last number of each series, side by side. */
export function numbers({ title, description, unit, targets }: Shown): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .targets([...targets])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .textMode(BigValueTextMode.ValueAndName)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .orientation(VizOrientation.Vertical);
}

/** Numbers whose colour says whether they are good, not whose they are. */
export function judged(panel: StatBuilder): StatBuilder {
  return panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
}

export interface State {
  /** What a series is while it lasts. */
  readonly value: number;
  readonly text: string;
  readonly colour: string;
}

/** Which state each series was in, over time. */
export function states(
  { title, description, targets }: Omit<Shown, 'unit'>,
  all: readonly State[],
): TimelineBuilder {
  const options = Object.fromEntries(
    all.map(({ value, text, colour: color }, index) => [String(value), { text, color, index }] as const),
  );
  return new TimelineBuilder()
    .title(title)
    .description(description)
    .targets([...targets])
    .mappings([{ type: MappingType.ValueToText, options }])
    .showValue(VisibilityMode.Auto)
    .fillOpacity(70)
    .lineWidth(0)
    .rowHeight(0.8)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(false),
    );
}

/** Buckets of a histogram over time. @param scheme one of Grafana's, e.g. `Blues` */
export function heat({ title, description, unit, targets }: Shown, scheme: string): HeatmapBuilder {
  return new HeatmapBuilder()
    .title(title)
    .description(description)
    .targets([...targets])
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(unit))
    .color(
      new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme(scheme).exponent(0.5).steps(64),
    )
    .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .showLegend();
}

/** Panels with their sizes, in rows of 24 columns from `top` down. @param firstId ids count up from here */
export function arrange(
  rows: readonly { readonly height: number; readonly panels: readonly Placeable[] }[],
  top: number,
  firstId: number,
): Placeable[] {
  let y = top;
  let id = firstId;
  return rows.flatMap(({ height: h, panels }) => {
    const w = Math.floor(24 / panels.length);
    const placed = panels.map((panel, i) => panel.gridPos({ x: i * w, y, w, h }).id(id++));
    y += h;
    return placed;
  });
}

export interface Placeable extends Builder<Panel> {
  gridPos(position: { x: number; y: number; w: number; h: number }): this;
  id(id: number): this;
}
