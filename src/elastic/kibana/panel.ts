/**
 * @module What a dashboard shows, as data: Kibana's objects, OpenSearch Dashboards' objects, the query that a chart asks the
 * index, and the pictures of the docs are all made from this.
 */

/** A query in Kibana's language (KQL). */
export type Kql = string;

/** What is counted. */
export type Metric =
  | { readonly operation: "count"; readonly label: string }
  | { readonly operation: "unique" | "sum" | "max"; readonly field: string; readonly label: string };

/** By which field, and how many of its values, the most frequent first. */
export interface Split {
  readonly field: string;
  readonly label: string;
  readonly size: number;
}

/** Place and size in the grid of a dashboard: 48 columns wide. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface ChartBase {
  /** Unique in all dashboards; part of the ids of saved objects. */
  readonly id: string;
  readonly title: string;
  /** Which events are counted; `""`: all of the dashboard. */
  readonly query: Kql;
  readonly metric: Metric;
}

/** One number. */
export interface NumberChart extends ChartBase {
  readonly chart: "number";
}

/** Bars over time, one colour for each value of a field. */
export interface TimeChart extends ChartBase {
  readonly chart: "time";
  readonly split?: Split;
}

/** Bars beside each other: which values are the most frequent. */
export interface RankingChart extends ChartBase {
  readonly chart: "ranking";
  readonly split: Split;
}

/** Combinations of values, and numbers of each. */
export interface TableChart extends ChartBase {
  readonly chart: "table";
  readonly splits: readonly [Split, ...Split[]];
  /** Further numbers, after the metric. */
  readonly more?: readonly Metric[];
}

/** A chart. */
export type Chart = NumberChart | TimeChart | RankingChart | TableChart;

/** A saved search, for Discover and as a list below a dashboard. */
export interface Search {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly query: Kql;
  readonly columns: readonly string[];
}

/** What stands at one place of a dashboard. */
export interface Panel {
  readonly place: Place;
  readonly content: Chart | { readonly chart: "search"; readonly search: Search };
}

/** A dashboard. */
export interface Dashboard {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
}

/** Number of events, the metric of most charts. */
export const EVENTS: Metric = { operation: "count", label: "Events" };

/** A field as a split, with how many values are shown. */
export function by(field: string, label: string, size = 10): Split {
  return { field, label, size };
}

/** Columns of a dashboard. */
export const WIDTH = 48;

/** Puts rows of panels below each other. @param rows Height, then what stands side by side, each with its width. */
export function rowsOf(
  rows: readonly (readonly [height: number, ...(readonly [width: number, Panel["content"]])[]])[],
): Panel[] {
  const panels: Panel[] = [];
  let y = 0;
  for (const [height, ...contents] of rows) {
    let x = 0;
    for (const [width, content] of contents) {
      panels.push({ place: { x, y, width, height }, content });
      x += width;
    }
    y += height;
  }
  return panels;
}

/** Every field that a chart needs in the index, but for those of its query. */
export function fieldsOf(chart: Chart): string[] {
  const metrics = [chart.metric, ...(chart.chart === "table" ? (chart.more ?? []) : [])];
  const splits =
    chart.chart === "table"
      ? chart.splits
      : chart.chart === "number" || chart.split === undefined
        ? []
        : [chart.split];
  return [
    ...(chart.chart === "time" ? ["@timestamp"] : []),
    ...metrics.flatMap((metric) => (metric.operation === "count" ? [] : [metric.field])),
    ...splits.map(({ field }) => field),
  ];
}
