import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderSvg } from "../../../scripts/record/svg.ts";

const plain = { bold: false, faint: false, color: undefined };

test("renderSvg() escapes what is XML's, and gives each row its time", () => {
  const svg = renderSvg({
    description: "A & B",
    columns: 10,
    windows: [
      {
        title: "<one>",
        rows: [{ at: 1500, spans: [{ text: "a<b&c>", style: { ...plain, color: 2 } }] }],
      },
    ],
  });
  expect(svg).toContain("<title>A &amp; B</title>");
  expect(svg).toContain("&lt;one&gt;");
  expect(svg).toContain("animation-delay:1500ms");
  expect(svg).toContain('<tspan class="c2">a&lt;b&amp;c&gt;</tspan>');
});

test("the picture of the README shows agent_init before any event, and no path of the machine that made it", () => {
  const svg = readFileSync(join(import.meta.dir, "../../../docs/images/session.svg"), "utf8");
  const rows = [...svg.matchAll(/<text class="row"[^>]*>(.*?)<\/text>/g)].map(([, row]) =>
    (row as string).replaceAll(/<[^>]*>/g, ""),
  );
  const kinds = rows
    .map((row) => /\bagent_init {2}|process_\w+ /.exec(row)?.[0].trim())
    .filter((kind) => kind);
  expect(kinds.slice(0, 2)).toEqual(["agent_init", "process_exec"]);
  expect(rows.some((row) => row.startsWith("$ tetrad listen "))).toBe(true);
  expect(svg).not.toContain("/tmp/");
});
