/** @module All saved objects: for Kibana 8.8 and later, and for Kibana 7.17 and OpenSearch Dashboards. */
import type { Json } from "../asset.ts";
import { visualization } from "./aggregated.ts";
import { allCharts, DASHBOARDS } from "./dashboards.ts";
import { lensAttributes } from "./lens.ts";
import {
  dashboardAttributes,
  dataView,
  gridData,
  idOf,
  type ObjectNames,
  type Reference,
  type SavedObject,
  searchSource,
  toDataView,
} from "./object.ts";
import type { Dashboard, Panel, Search } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

/** For whom: their formats differ. */
export type Reader = "kibana" | "opensearch-dashboards";

/** Versions of the formats, as Kibana names them: it brings older ones up to its own when it imports. */
const VERSIONS: Readonly<Record<Reader, (type: string) => Json>> = {
  kibana: (type) => ({
    coreMigrationVersion: "8.8.0",
    typeMigrationVersion: { "index-pattern": "8.0.0", search: "8.0.0", dashboard: "8.9.0" }[type],
  }),
  "opensearch-dashboards": (type) => ({
    migrationVersion: { [type]: { "index-pattern": "7.6.0", search: "7.9.3", dashboard: "7.9.3" }[type] },
  }),
};

/** Every object. What others need comes first. */
export function savedObjects(names: ObjectNames, reader: Reader): SavedObject[] {
  const versioned = (object: SavedObject): SavedObject => ({ ...object, ...VERSIONS[reader](object.type) });
  return [
    ...(names.isOwnDataView ? [versioned(dataView(names))] : []),
    ...Object.values(SEARCHES).map((search) => versioned(searchObject(search, names))),
    ...(reader === "kibana" ? [] : allCharts().map((chart) => visualization(chart, names))),
    ...DASHBOARDS.map((dashboard) => versioned(dashboardObject(dashboard, names, reader))),
  ];
}

function searchObject(search: Search, names: ObjectNames): SavedObject {
  return {
    type: "search",
    id: idOf(names, search.id),
    attributes: {
      title: search.title,
      description: search.description,
      columns: search.columns,
      sort: [["@timestamp", "desc"]],
      hits: 0,
      version: 1,
      kibanaSavedObjectMeta: searchSource(names, search.query),
    },
    references: [toDataView(names)],
  };
}

function dashboardObject(dashboard: Dashboard, names: ObjectNames, reader: Reader): SavedObject {
  const references: Reference[] = [];
  const panels = dashboard.panels.map((panel, i) => {
    const index = `${i + 1}`;
    const shared = { panelIndex: index, gridData: gridData(panel, index) };
    const { content } = panel;
    if (content.chart !== "search" && reader === "kibana") {
      const attributes = lensAttributes(content, names);
      references.push(
        ...(attributes.references as Reference[]).map((each) => ({ ...each, name: `${index}:${each.name}` })),
      );
      return {
        ...shared,
        type: "lens",
        title: content.title,
        embeddableConfig: { attributes, enhancements: {}, hidePanelTitles: false },
      };
    }
    const name = `panel_${index}`;
    references.push({ ...targetOf(panel, names), name: reader === "kibana" ? `${index}:${name}` : name });
    const title = content.chart === "search" ? content.search.title : content.title;
    return {
      ...shared,
      ...(reader === "kibana" ? { type: "search" } : { version: "7.10.0" }),
      title,
      embeddableConfig: reader === "kibana" ? { enhancements: {} } : {},
      panelRefName: name,
    };
  });
  return {
    type: "dashboard",
    id: idOf(names, dashboard.id),
    attributes: dashboardAttributes(dashboard, panels),
    references,
  };
}

function targetOf({ content }: Panel, names: ObjectNames): Pick<Reference, "type" | "id"> {
  return content.chart === "search"
    ? { type: "search", id: idOf(names, content.search.id) }
    : { type: "visualization", id: idOf(names, content.id) };
}
