/** @module Charts as pictures: what Kibana draws of the same definition and the same rows, in its places of a dashboard. */
import type { Row } from "../../src/elastic/kibana/chart-query.ts";
import { metricsOf } from "../../src/elastic/kibana/chart-query.ts";
import type { Chart, Dashboard, Panel, Search } from "../../src/elastic/kibana/panel.ts";

/** What the index has answered for one panel. */
export type Answer =
  | { readonly rows: readonly Row[] }
  | { readonly hits: readonly Readonly<Record<string, string>>[] };

const COLUMN = 25;
const LINE = 15;
const GAP = 8;
const COLORS = [
  "#54b399",
  "#6092c0",
  "#d36086",
  "#9170b8",
  "#ca8eae",
  "#d6bf57",
  "#b9a888",
  "#da8b45",
  "#aa6556",
  "#e7664c",
];
const TEXT = 'font-family="Inter, Helvetica, Arial, sans-serif"';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A text that ends where its place does. @param width Pixels. */
function label(
  text: string,
  {
    x,
    y,
    width,
    size = 11,
    fill = "#343741",
    anchor = "start",
    weight = 400,
  }: { x: number; y: number; width: number; size?: number; fill?: string; anchor?: string; weight?: number },
): string {
  const room = Math.max(1, Math.floor(width / (size * 0.62)));
  const shown = text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}" ${TEXT}>${escaped(shown)}</text>`;
}

function rectangle({ x, y, width, height }: Box, fill: string, more = ""): string {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0, width).toFixed(1)}" height="${Math.max(0, height).toFixed(1)}" fill="${fill}" ${more}/>`;
}

/** A whole dashboard. @param answers One for each panel. @param times When bars over time begin. */
export function dashboardSvg(
  { title, panels }: Dashboard,
  answers: readonly Answer[],
  times: readonly string[],
): string {
  const width = 48 * COLUMN;
  const height = 40 + Math.max(...panels.map(({ place }) => place.y + place.height)) * LINE;
  const body = panels.map((panel, i) => panelSvg(panel, answers[i]!, times)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
${rectangle({ x: 0, y: 0, width, height }, "#f6f9fc")}
${label(title, { x: 12, y: 26, width, size: 17, weight: 600 })}
${body}
</svg>
`;
}

function panelSvg({ place, content }: Panel, answer: Answer, times: readonly string[]): string {
  const box: Box = {
    x: place.x * COLUMN + GAP / 2,
    y: 40 + place.y * LINE,
    width: place.width * COLUMN - GAP,
    height: place.height * LINE - GAP,
  };
  const inner: Box = { x: box.x + 10, y: box.y + 30, width: box.width - 20, height: box.height - 38 };
  const title = content.chart === "search" ? content.search.title : content.title;
  const drawn =
    content.chart === "search"
      ? hitsSvg(content.search, "hits" in answer ? answer.hits : [], inner)
      : chartSvg(content, "rows" in answer ? answer.rows : [], inner, times);
  return [
    rectangle(box, "#fff", 'rx="5" stroke="#d3dae6"'),
    label(title, { x: box.x + 10, y: box.y + 19, width: box.width - 20, size: 12, weight: 600 }),
    drawn,
  ].join("\n");
}

function chartSvg(chart: Chart, rows: readonly Row[], box: Box, times: readonly string[]): string {
  switch (chart.chart) {
    case "number":
      return numberSvg(chart.metric.label, rows[0]?.numbers[0] ?? 0, box);
    case "time":
      return timeSvg(rows, times, box);
    case "ranking":
      return rankingSvg(rows, box);
    case "table":
      return tableSvg(
        [...chart.splits.map((split) => split.label), ...metricsOf(chart).map((metric) => metric.label)],
        rows.map(({ keys, numbers }) => [
          ...keys,
          ...numbers.map((number, i) =>
            metricsOf(chart)[i]!.operation !== "count" && number > 1e11
              ? new Date(number).toISOString().slice(0, 19)
              : thousands(number),
          ),
        ]),
        box,
      );
  }
}

function thousands(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function numberSvg(name: string, number: number, { x, y, width }: Box): string {
  return [
    label(thousands(number), { x: x + width, y: y + 34, width, size: 30, anchor: "end", weight: 600 }),
    label(name, { x, y: y + 34, width: width / 2, size: 12, fill: "#69707d" }),
  ].join("\n");
}

/** Bars above each other, each series in its colour. */
function timeSvg(rows: readonly Row[], times: readonly string[], { x, y, width, height }: Box): string {
  const totals = new Map<string, number>();
  for (const { keys, numbers } of rows)
    totals.set(keys[1] ?? "", (totals.get(keys[1] ?? "") ?? 0) + numbers[0]!);
  const series = [...totals.entries()].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const legend = series.length > 1 || series[0] !== "" ? Math.min(150, width / 3) : 0;
  const sums = times.map((time) =>
    rows.filter(({ keys }) => keys[0] === time).reduce((sum, { numbers }) => sum + numbers[0]!, 0),
  );
  const most = Math.max(1, ...sums);
  const plot: Box = { x: x + 34, y, width: width - 34 - legend, height: height - 16 };
  const step = plot.width / Math.max(1, times.length);
  const parts: string[] = [];
  for (const share of most < 2 ? [0, 1] : [0, 0.5, 1]) {
    const at = plot.y + plot.height * (1 - share);
    parts.push(`<line x1="${plot.x}" x2="${plot.x + plot.width}" y1="${at}" y2="${at}" stroke="#eef2f7"/>`);
    parts.push(
      label(thousands(most * share), {
        x: plot.x - 5,
        y: at + 4,
        width: 34,
        size: 9,
        fill: "#69707d",
        anchor: "end",
      }),
    );
  }
  for (const [i, time] of times.entries()) {
    let top = plot.y + plot.height;
    for (const [color, name] of series.entries()) {
      const number = rows.find(({ keys }) => keys[0] === time && (keys[1] ?? "") === name)?.numbers[0] ?? 0;
      const tall = (number / most) * plot.height;
      top -= tall;
      if (tall > 0)
        parts.push(
          rectangle(
            { x: plot.x + i * step + 1, y: top, width: step - 2, height: tall },
            COLORS[color % COLORS.length]!,
          ),
        );
    }
    if (i % Math.ceil(times.length / 6) === 0)
      parts.push(
        label(time.slice(11, 16), {
          x: plot.x + i * step,
          y: y + height - 2,
          width: 50,
          size: 9,
          fill: "#69707d",
        }),
      );
  }
  if (legend > 0)
    parts.push(...legendOf(series, { x: x + width - legend + 10, y, width: legend - 10, height }));
  return parts.join("\n");
}

function legendOf(names: readonly string[], { x, y, width, height }: Box): string[] {
  return names
    .slice(0, Math.floor(height / 16))
    .flatMap((name, i) => [
      rectangle({ x, y: y + i * 16, width: 9, height: 9 }, COLORS[i % COLORS.length]!, 'rx="2"'),
      label(name, { x: x + 14, y: y + i * 16 + 9, width: width - 14, size: 10 }),
    ]);
}

/** Bars that lie below each other. */
function rankingSvg(rows: readonly Row[], { x, y, width, height }: Box): string {
  const shown = rows.slice(0, 10);
  const most = Math.max(1, ...shown.map(({ numbers }) => numbers[0]!));
  const step = Math.min(22, height / Math.max(1, shown.length));
  const names = Math.min(width * 0.45, 240);
  return shown
    .flatMap(({ keys, numbers }, i) => {
      const at = y + i * step;
      const long = (numbers[0]! / most) * (width - names - 50);
      return [
        label(keys[0]!, {
          x: x + names - 6,
          y: at + step / 2 + 4,
          width: names - 6,
          size: 10.5,
          anchor: "end",
        }),
        rectangle({ x: x + names, y: at + 2, width: long, height: step - 4 }, COLORS[0]!),
        label(thousands(numbers[0]!), {
          x: x + names + long + 5,
          y: at + step / 2 + 4,
          width: 46,
          size: 10,
          fill: "#69707d",
        }),
      ];
    })
    .join("\n");
}

function tableSvg(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { x, y, width, height }: Box,
): string {
  const column = width / header.length;
  const line = (cells: readonly string[], at: number, weight: number) =>
    cells.map((cell, i) => label(cell, { x: x + i * column, y: at, width: column - 6, size: 10.5, weight }));
  const room = Math.floor((height - 18) / 17);
  return [
    ...line(header, y + 10, 600),
    `<line x1="${x}" x2="${x + width}" y1="${y + 15}" y2="${y + 15}" stroke="#d3dae6"/>`,
    ...rows.slice(0, room).flatMap((cells, i) => line(cells, y + 29 + i * 17, 400)),
  ].join("\n");
}

function hitsSvg({ columns }: Search, hits: readonly Readonly<Record<string, string>>[], box: Box): string {
  const header = ["@timestamp", ...columns];
  return tableSvg(
    header,
    hits.map((hit) => header.map((name) => hit[name] ?? "-")),
    box,
  );
}
