import { describe, expect, test } from "bun:test";
import type { Json } from "../../../src/elastic/asset.ts";
import { allCharts, DASHBOARDS } from "../../../src/elastic/kibana/dashboards.ts";
import { ownNames, type SavedObject, toNdjson } from "../../../src/elastic/kibana/object.ts";
import { type Reader, savedObjects } from "../../../src/elastic/kibana/objects.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../../src/exporter/elasticsearch/options.ts";
import { fieldsIn } from "../kuery.ts";

const NAMES = ownNames(parseStreamName(DEFAULT_INDEX));
const READERS: readonly Reader[] = ["kibana", "opensearch-dashboards"];

/** Every text in `value` that is JSON, taken apart, wherever it stands. */
function deep(value: unknown): unknown[] {
  if (typeof value === "string" && /^[[{]/.test(value)) return deep(JSON.parse(value));
  if (value === null || typeof value !== "object") return [];
  return [value, ...Object.values(value).flatMap(deep)];
}

describe.each([...READERS])("savedObjects() for %s", (reader) => {
  const objects = savedObjects(NAMES, reader);
  const byId = new Map(objects.map((object) => [`${object.type}/${object.id}`, object]));

  test("each object has an id of its own, and those that others need come first", () => {
    expect(byId.size).toBe(objects.length);
    const seen = new Set<string>();
    for (const { type, id, references } of objects) {
      for (const reference of references) {
        expect({ type, id, needs: seen.has(`${reference.type}/${reference.id}`) }).toEqual({
          type,
          id,
          needs: true,
        });
      }
      seen.add(`${type}/${id}`);
    }
  });

  test("every name of a reference is used, and every use has its reference", () => {
    for (const { id, attributes, references } of objects) {
      const inner = deep(attributes) as Json[];
      const used = inner.flatMap((object) => [object.indexRefName, object.panelRefName]).filter(Boolean);
      const own = references
        .map(({ name }) => name.replace(/^\d+:/, ""))
        .filter((name) => !name.startsWith("indexpattern-datasource"));
      expect({ id, names: own.sort() }).toEqual({ id, names: used.map(String).sort() });
    }
  });

  test("every query can be parsed, and leaves out other data sets", () => {
    const queries = objects.flatMap((object) =>
      (deep(object.attributes) as Json[]).flatMap(({ query }) =>
        query !== null && typeof query === "object" && "query" in query ? [String(query.query)] : [],
      ),
    );
    expect(queries.length).toBeGreaterThan(allCharts().length);
    for (const query of queries.filter((text) => text !== "")) {
      expect(fieldsIn(query)).toContain("data_stream.dataset");
    }
  });

  test("there is a dashboard for each, whose panels stand where its definition says", () => {
    for (const [i, { title, panels }] of DASHBOARDS.entries()) {
      const object = objects.filter(({ type }) => type === "dashboard")[i]!;
      expect(object.attributes.title).toBe(title);
      const shown = JSON.parse(String(object.attributes.panelsJSON)) as {
        gridData: Json;
        panelIndex: string;
      }[];
      expect(shown.map(({ gridData: { x, y, w, h } }) => [x, y, w, h])).toEqual(
        panels.map(({ place: { x, y, width, height } }) => [x, y, width, height]),
      );
    }
  });

  test("a file has one object a line", () => {
    const lines = toNdjson(objects).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as SavedObject).id)).toEqual(objects.map(({ id }) => id));
  });
});

describe("Lens", () => {
  test("columns of a chart are listed, those that split it first, and shown by it", () => {
    const dashboards = savedObjects(NAMES, "kibana").filter(({ type }) => type === "dashboard");
    const layers = dashboards
      .flatMap(({ attributes }) => deep(attributes) as Json[])
      .filter(({ columnOrder }) => columnOrder !== undefined);
    expect(layers).toHaveLength(allCharts().length);
    for (const { columnOrder, columns } of layers as {
      columnOrder: string[];
      columns: Record<string, { isBucketed: boolean }>;
    }[]) {
      expect(Object.keys(columns).sort()).toEqual([...columnOrder].sort());
      const buckets = columnOrder.map((id) => columns[id]!.isBucketed);
      expect(buckets).toEqual([...buckets].sort((a, b) => Number(b) - Number(a)));
    }
  });
});

test("an index whose name follows no scheme is shown by itself, with no filter by data set", () => {
  const names = ownNames(parseStreamName("tetragon"));
  const [view, search] = savedObjects(names, "kibana");
  expect(view!.attributes.title).toBe("tetragon");
  expect(JSON.stringify(search!.attributes)).not.toContain("data_stream.dataset");
});
