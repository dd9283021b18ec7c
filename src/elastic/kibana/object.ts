/** @module Saved objects: what Kibana and OpenSearch Dashboards import, one JSON document a line. */
import type { Json } from "../asset.ts";
import type { StreamName } from "../stream-name.ts";
import type { Dashboard, Kql, Panel } from "./panel.ts";

/** One object. */
export interface SavedObject {
  readonly type: "index-pattern" | "search" | "visualization" | "dashboard" | "tag";
  readonly id: string;
  readonly attributes: Json;
  readonly references: readonly Reference[];
  readonly [version: string]: unknown;
}

/** What an object needs of another one. */
export interface Reference {
  readonly type: SavedObject["type"];
  readonly id: string;
  readonly name: string;
}

/** What objects are made for. */
export interface ObjectNames {
  /** Of the data view that all of them use. */
  readonly dataView: string;
  /** Whether the data view is one of them, or there already: a package uses the one of Kibana for all logs. */
  readonly isOwnDataView: boolean;
  /** Before each id, so that they do not meet objects of others. */
  readonly prefix: string;
  readonly stream: StreamName;
}

/** The names of what `tetrad elastic setup` makes. */
export function ownNames(stream: StreamName): ObjectNames {
  return { dataView: `tetrad-${stream.base}`, isOwnDataView: true, prefix: `tetrad-${stream.base}`, stream };
}

/** The id of what has `id` in the definitions. */
export function idOf({ prefix }: ObjectNames, id: string): string {
  return `${prefix}-${id}`;
}

/** The data view. Fields are asked for by Kibana itself. */
export function dataView({ dataView: id, stream }: ObjectNames): SavedObject {
  return {
    type: "index-pattern",
    id,
    attributes: { title: stream.pattern, name: "Tetragon", timeFieldName: "@timestamp" },
    references: [],
  };
}

/** A query that leaves out what other data sets have. */
export function withDataset({ stream }: ObjectNames, query: Kql): Kql {
  if (stream.dataset === undefined) return query;
  const ours = `data_stream.dataset : "${stream.dataset}"`;
  return query === "" ? ours : `${ours} and (${query})`;
}

/** The reference by which a search source finds its data view. */
export const SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index";

/** What is searched, as an attribute of searches and charts. */
export function searchSource(names: ObjectNames, query: Kql): Json {
  return {
    searchSourceJSON: JSON.stringify({
      query: { query: withDataset(names, query), language: "kuery" },
      filter: [],
      indexRefName: SOURCE,
    }),
  };
}

/** A reference to the data view. */
export function toDataView({ dataView: id }: ObjectNames, name: string = SOURCE): Reference {
  return { type: "index-pattern", id, name };
}

/** Where a panel stands, as dashboards have it. */
export function gridData({ place: { x, y, width, height } }: Panel, index: string): Json {
  return { x, y, w: width, h: height, i: index };
}

/** What dashboards of both kinds say, but for their panels. */
export function dashboardAttributes({ title, description }: Dashboard, panels: readonly Json[]): Json {
  return {
    title,
    description,
    timeRestore: true,
    timeFrom: "now-24h",
    timeTo: "now",
    optionsJSON: JSON.stringify({ useMargins: true, hidePanelTitles: false }),
    panelsJSON: JSON.stringify(panels),
    kibanaSavedObjectMeta: {
      searchSourceJSON: JSON.stringify({ query: { query: "", language: "kuery" }, filter: [] }),
    },
    version: 1,
  };
}

/** The objects as a file, which both import. */
export function toNdjson(objects: readonly SavedObject[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join("");
}
