/** One look for all dashboards: a variant has the same colour wherever it is shown. */
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Of series by variant: all but stable. */
export const CANDIDATES = 'variant!="stable"';

/** Also told apart by those who see no red and green. Further candidates get colours by their name. */
const VARIANT_COLOURS: Readonly<Record<string, string>> = { stable: 'blue', canary: 'orange' };

interface Overridable {
  overrideByRegexp(regexp: string, properties: DynamicConfigValue[]): unknown;
  colorScheme(color: FieldColorBuilder): unknown;
}

/** Colours series by the variant that their name begins with. */
export function colourVariants<Panel extends Overridable>(panel: Panel): Panel {
  panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  for (const [variant, fixedColor] of Object.entries(VARIANT_COLOURS)) {
    panel.overrideByRegexp(`/^${variant}(?: |$)/`, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
  }
  return panel;
}

/** Green, and from each of these values on yellow and red. */
export function thresholds(yellow: number | undefined, red: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'green' },
      ...(yellow === undefined ? [] : [{ value: yellow, color: 'yellow' }]),
      { value: red, color: 'red' },
    ]);
}

/** Error ratios: a percent is worth a look, five are an incident. */
export const ERROR_RATIO_THRESHOLDS = thresholds(0.01, 0.05);
