/** A dashboard's queries, with their variables filled in as Grafana does. */

interface Target {
  readonly expr: string;
  readonly instant?: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig: {
    readonly defaults: {
      readonly mappings: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
      readonly thresholds: { readonly steps: readonly { readonly value: number | null }[] };
    };
  };
  readonly targets?: readonly (Target & { readonly datasource: { readonly uid: string } })[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: string | { readonly query: string };
    }[];
  };
}

export interface Query {
  /** Where it is, for a person. */
  readonly of: string;
  readonly expression: string;
  readonly kind: 'instant' | 'range';
}

/** @param values by variable, e.g. `rollout`, `__range`; several chosen values are an alternative of a regular expression */
export function queriesOf(dashboard: Dashboard, values: Readonly<Record<string, string>>): Query[] {
  const fill = (text: string): string =>
    text.replaceAll(/\$(\w+)/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${whole} is not set in: ${text}`);
      return value;
    });
  return [
    ...dashboard.panels.flatMap(({ title, type, targets = [] }) =>
      targets.map(({ expr, instant }): Query => ({
        of: `panel ${title || type}`,
        expression: fill(expr),
        kind: instant === true ? 'instant' : 'range',
      })),
    ),
    ...dashboard.annotations.list.map(({ name, expr }): Query => ({
      of: `annotation ${name}`,
      expression: fill(expr),
      kind: 'range',
    })),
    ...dashboard.templating.list.flatMap(({ name, type, query }): Query[] => {
      if (type !== 'query') return [];
      const text = typeof query === 'string' ? query : query.query;
      const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      if (metric === undefined || label === undefined) throw new Error(`no query of a variable: ${text}`);
      return [
        { of: `variable ${name}`, expression: `group by (${label}) (${fill(metric)})`, kind: 'instant' },
      ];
    }),
  ];
}
