import type { Dashboard, DataQuery, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// What a file can hold: the values of enums instead of the enums.
type Json<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}` ? N : never
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T;

// @grafana/schema has no type for queries to Prometheus; these are the fields that the panels use, as in
// https://github.com/grafana/grafana/blob/main/packages/grafana-prometheus/src/dataquery.ts
interface PrometheusQuery extends DataQuery {
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
}

// A panel of one kind. Grafana's own `Panel` lets any further field of `custom` pass.
type Typed<Type extends string, Options, Custom> = Omit<Panel, 'type' | 'options' | 'targets' | 'fieldConfig'> & {
  type: Type;
  options: Options;
  targets: PrometheusQuery[];
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom } };
};

type PhotoMoodDashboard = Omit<Dashboard, 'panels'> & {
  panels: (RowPanel | Typed<'stat', stat.Options, {}> | Typed<'timeseries', timeseries.Options, timeseries.FieldConfig>)[];
};

