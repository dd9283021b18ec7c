import { expect, test } from "bun:test";
import { counter, formatFamilies, gauge } from "../../../src/server/metrics/family.ts";

test("formatFamilies() writes each family with its help and type, and leaves out those without samples", () => {
  const text = formatFamilies([
    counter("a_total", "How often.", 3),
    gauge("b", "None.", []),
    gauge("c", "Two.", [
      { labels: { x: "1", y: "" }, value: 0.5 },
      { labels: { x: "2", y: "" }, value: -1 },
    ]),
  ]);
  expect(text).toBe(
    [
      "# HELP a_total How often.",
      "# TYPE a_total counter",
      "a_total 3",
      "# HELP c Two.",
      "# TYPE c gauge",
      'c{x="1",y=""} 0.5',
      'c{x="2",y=""} -1',
      "",
    ].join("\n"),
  );
});

test("formatFamilies() lets no label's value end its text or its line", () => {
  const text = formatFamilies([gauge("a", "one\ntwo \\", [{ labels: { x: 'a"b\\c\nd' }, value: 1 }])]);
  expect(text).toBe('# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{x="a\\"b\\\\c\\nd"} 1\n');
});
