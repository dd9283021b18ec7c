/** @module Charts for Kibana 8.8 and later: Lens, inside the dashboards that show them. */
import type { Json } from "../asset.ts";
import { metricsOf } from "./chart-query.ts";
import { type ObjectNames, toDataView, withDataset } from "./object.ts";
import type { Chart, Metric, Split } from "./panel.ts";

const LAYER = "events";
/** The column of the first metric. */
const FIRST = "metric-0";

/** A chart as Lens has it, without title: the panel has one. */
export function lensAttributes(chart: Chart, names: ObjectNames): Json {
  const columns = columnsOf(chart);
  return {
    title: "",
    type: "lens",
    visualizationType: visualizationType(chart),
    references: [toDataView(names, `indexpattern-datasource-layer-${LAYER}`)],
    state: {
      query: { query: withDataset(names, chart.query), language: "kuery" },
      filters: [],
      internalReferences: [],
      adHocDataViews: {},
      datasourceStates: {
        formBased: {
          layers: {
            [LAYER]: {
              columnOrder: columns.map(([id]) => id),
              columns: Object.fromEntries(columns),
              incompleteColumns: {},
              sampling: 1,
            },
          },
        },
      },
      visualization: visualization(chart),
    },
  };
}

function visualizationType({ chart }: Chart): string {
  return { number: "lnsMetric", time: "lnsXY", ranking: "lnsXY", table: "lnsDatatable" }[chart];
}

/** Buckets first, as Lens wants them. */
function columnsOf(chart: Chart): (readonly [id: string, column: Json])[] {
  const metrics = metricsOf(chart).map((metric, i) => [`metric-${i}`, metricColumn(metric)] as const);
  switch (chart.chart) {
    case "number":
      return metrics;
    case "time": {
      const split = chart.split === undefined ? [] : [["split-0", termsColumn(chart.split)] as const];
      return [...split, ["time", TIME] as const, ...metrics];
    }
    case "ranking":
      return [["split-0", termsColumn(chart.split)] as const, ...metrics];
    case "table":
      return [...chart.splits.map((split, i) => [`split-${i}`, termsColumn(split)] as const), ...metrics];
  }
}

const TIME: Json = {
  label: "@timestamp",
  dataType: "date",
  operationType: "date_histogram",
  sourceField: "@timestamp",
  isBucketed: true,
  scale: "interval",
  params: { interval: "auto", includeEmptyRows: true, dropPartials: false },
};

function metricColumn(metric: Metric): Json {
  const shared = { label: metric.label, customLabel: true, isBucketed: false, scale: "ratio" };
  if (metric.operation === "count") {
    return {
      ...shared,
      dataType: "number",
      operationType: "count",
      sourceField: "___records___",
      params: { emptyAsNull: false },
    };
  }
  return {
    ...shared,
    dataType: metric.field === "@timestamp" ? "date" : "number",
    operationType: metric.operation === "unique" ? "unique_count" : metric.operation,
    sourceField: metric.field,
    params: { emptyAsNull: false },
  };
}

/** Types of values, as Lens names them. */
function dataType(field: string): string {
  if (field.endsWith(".ip")) return "ip";
  return field.endsWith(".port") ? "number" : "string";
}

function termsColumn({ field, label, size }: Split): Json {
  return {
    label,
    customLabel: true,
    dataType: dataType(field),
    operationType: "terms",
    sourceField: field,
    isBucketed: true,
    scale: "ordinal",
    params: {
      size,
      orderBy: { type: "column", columnId: FIRST },
      orderDirection: "desc",
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: "terms" },
    },
  };
}

function visualization(chart: Chart): Json {
  switch (chart.chart) {
    case "number":
      return { layerId: LAYER, layerType: "data", metricAccessor: FIRST };
    case "table":
      return {
        layerId: LAYER,
        layerType: "data",
        columns: columnsOf(chart).map(([columnId]) => ({ columnId })),
      };
    case "time":
      return xy("bar_stacked", "time", chart.split === undefined ? {} : { splitAccessor: "split-0" });
    case "ranking":
      return xy("bar_horizontal", "split-0", {});
  }
}

function xy(seriesType: string, xAccessor: string, more: Json): Json {
  return {
    legend: { isVisible: true, position: "right" },
    valueLabels: "hide",
    preferredSeriesType: seriesType,
    axisTitlesVisibilitySettings: { x: false, yLeft: true, yRight: true },
    layers: [{ layerId: LAYER, layerType: "data", seriesType, xAccessor, accessors: [FIRST], ...more }],
  };
}
