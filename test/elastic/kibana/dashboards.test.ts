import { describe, expect, test } from "bun:test";
import { allCharts, DASHBOARDS } from "../../../src/elastic/kibana/dashboards.ts";
import { type Dashboard, fieldsOf, WIDTH } from "../../../src/elastic/kibana/panel.ts";
import { SEARCHES } from "../../../src/elastic/kibana/searches.ts";
import { mappedFields } from "../../../src/elastic/mapping/fields.ts";
import { fieldsIn } from "../kuery.ts";

const FIELDS = new Map(mappedFields().map(({ name, type }) => [name, type]));
const CHARTS = allCharts();

/** Every cell of a dashboard that panels cover, once for each. */
function cells({ panels }: Dashboard): string[] {
  return panels.flatMap(({ place: { x, y, width, height } }) =>
    Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
  );
}

describe("dashboards", () => {
  test("charts ask for fields only that the index has", () => {
    const asked = CHARTS.flatMap((chart) => [...fieldsOf(chart), ...fieldsIn(chart.query)]);
    expect(asked.length).toBeGreaterThan(80);
    expect([...new Set(asked)].filter((name) => !FIELDS.has(name))).toEqual([]);
  });

  test("charts count nothing that the server cannot count: no texts", () => {
    const counted = CHARTS.flatMap(fieldsOf);
    expect(counted.filter((name) => FIELDS.get(name) === "match_only_text")).toEqual([]);
  });

  test("searches ask for fields only that the index has, and show them", () => {
    const asked = Object.values(SEARCHES).flatMap(({ query, columns }) => [...fieldsIn(query), ...columns]);
    expect(asked.filter((name) => !FIELDS.has(name))).toEqual([]);
  });

  test("every chart has an id and a title of its own within its dashboard", () => {
    expect(new Set(CHARTS.map(({ id }) => id)).size).toBe(CHARTS.length);
    for (const { id, panels } of DASHBOARDS) {
      const titles = panels.map(({ content }) =>
        content.chart === "search" ? content.search.title : content.title,
      );
      expect({ id, titles: new Set(titles).size }).toEqual({ id, titles: panels.length });
    }
  });

  test.each(DASHBOARDS.map((dashboard) => [dashboard.id, dashboard] as const))(
    "panels of %s lie side by side, within its width, with no hole in a row",
    (_, dashboard) => {
      const all = cells(dashboard);
      expect(new Set(all).size).toBe(all.length);
      const height = Math.max(...dashboard.panels.map(({ place }) => place.y + place.height));
      expect(all.length).toBe(WIDTH * height);
    },
  );
});
