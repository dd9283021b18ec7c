/** @module Charts for Kibana 7.17 and OpenSearch Dashboards: visualizations made of aggregations, objects of their own. */
import type { Json } from "../asset.ts";
import { metricsOf } from "./chart-query.ts";
import { idOf, type ObjectNames, type SavedObject, searchSource, toDataView } from "./object.ts";
import type { Chart, Metric, Split } from "./panel.ts";

/** A chart as an object. */
export function visualization(chart: Chart, names: ObjectNames): SavedObject {
  return {
    type: "visualization",
    id: idOf(names, chart.id),
    migrationVersion: { visualization: "7.10.0" },
    attributes: {
      title: `Tetragon: ${chart.title}`,
      description: "",
      version: 1,
      uiStateJSON: "{}",
      visState: JSON.stringify({
        title: `Tetragon: ${chart.title}`,
        type: visualizationType(chart),
        aggs: [...metricsOf(chart).map(metricAggregation), ...bucketAggregations(chart)],
        params: parameters(chart),
      }),
      kibanaSavedObjectMeta: searchSource(names, chart.query),
    },
    references: [toDataView(names)],
  };
}

function visualizationType({ chart }: Chart): string {
  return { number: "metric", time: "histogram", ranking: "horizontal_bar", table: "table" }[chart];
}

function metricAggregation(metric: Metric, i: number): Json {
  const type = metric.operation === "unique" ? "cardinality" : metric.operation;
  const field = metric.operation === "count" ? {} : { field: metric.field };
  return {
    id: `${i + 1}`,
    enabled: true,
    type,
    schema: "metric",
    params: { ...field, customLabel: metric.label },
  };
}

function bucketAggregations(chart: Chart): Json[] {
  const first = metricsOf(chart).length + 1;
  const terms = ({ field, label, size }: Split, id: number, schema: string): Json => ({
    id: `${id}`,
    enabled: true,
    type: "terms",
    schema,
    params: { field, size, order: "desc", orderBy: "1", customLabel: label },
  });
  switch (chart.chart) {
    case "number":
      return [];
    case "time":
      return [
        {
          id: `${first}`,
          enabled: true,
          type: "date_histogram",
          schema: "segment",
          params: { field: "@timestamp", interval: "auto", min_doc_count: 1, extended_bounds: {} },
        },
        ...(chart.split === undefined ? [] : [terms(chart.split, first + 1, "group")]),
      ];
    case "ranking":
      return [terms(chart.split, first, "segment")];
    case "table":
      return chart.splits.map((split, i) => terms(split, first + i, "bucket"));
  }
}

function parameters(chart: Chart): Json {
  switch (chart.chart) {
    case "number":
      return {
        addTooltip: true,
        addLegend: false,
        type: "metric",
        metric: {
          colorSchema: "Green to Red",
          colorsRange: [{ from: 0, to: 10000 }],
          labels: { show: true },
          metricColorMode: "None",
          percentageMode: false,
          style: { bgColor: false, bgFill: "#000", fontSize: 48, labelColor: false, subText: "" },
        },
      };
    case "table":
      return { perPage: 10, showPartialRows: false, showTotal: false, totalFunc: "sum", percentageCol: "" };
    default:
      return bars(chart.chart === "ranking", chart.metric.label);
  }
}

/** Bars that stand, one above the other, or lie side by side. */
function bars(isLying: boolean, label: string): Json {
  return {
    type: isLying ? "horizontal_bar" : "histogram",
    addLegend: true,
    addTimeMarker: false,
    addTooltip: true,
    legendPosition: "right",
    times: [],
    grid: { categoryLines: false },
    categoryAxes: [
      {
        id: "CategoryAxis-1",
        type: "category",
        position: isLying ? "left" : "bottom",
        show: true,
        scale: { type: "linear" },
        labels: { show: true, truncate: 200, filter: true },
        style: {},
        title: {},
      },
    ],
    valueAxes: [
      {
        id: "ValueAxis-1",
        name: isLying ? "BottomAxis-1" : "LeftAxis-1",
        type: "value",
        position: isLying ? "bottom" : "left",
        show: true,
        scale: { type: "linear", mode: "normal" },
        labels: { show: true, rotate: 0, filter: false, truncate: 100 },
        style: {},
        title: { text: label },
      },
    ],
    seriesParams: [
      {
        show: true,
        type: "histogram",
        mode: isLying ? "normal" : "stacked",
        data: { id: "1", label },
        valueAxis: "ValueAxis-1",
        drawLinesBetweenPoints: true,
        showCircles: true,
      },
    ],
  };
}
