import { describe, expect, test } from "bun:test";
import { compareRotated, parseRotatedName } from "../../../src/lib/text/rotated-name.ts";

describe("parseRotatedName()", () => {
  test.each([
    ["tetragon-2026-01-31T23-59-59.999.log", "tetragon.log"],
    ["tetragon-2026-01-31T23-59-59.999.log.gz", "tetragon.log"],
    ["events-2026-01-31T23-59-59.999", "events"],
    ["a.log.1", "a.log"],
    ["a.log.12.gz", "a.log"],
    ["a.3.log", "a.log"],
    ["a.log-20240131", "a.log"],
    ["a.log-20240131.bz2", "a.log"],
    ["a.log-2024013123", "a.log"],
    ["a.log-20240131-1706745599", "a.log"],
    ["a-20240131.log", "a.log"],
    ["a.log.2024-01-31", "a.log"],
    ["0.log.20240131-235959", "0.log"],
    ["0.log.20240131-235959.gz", "0.log"],
    ["abc-json.log.2", "abc-json.log"],
    ["a.log.old", "a.log"],
    ["a.log.gz", "a.log"],
  ])("%s was %s", (name, original) => {
    expect(parseRotatedName(name).map((found) => found.original)).toContain(original);
  });

  test.each(["a.log", "tetragon.log", "1", ".1", "2024.log", "a.log.gz.tmp", "-20240131"])(
    "%s is no rotated name",
    (name) => {
      expect(parseRotatedName(name)).toEqual([]);
    },
  );
});

test.each([
  [["a.log.10.gz", "a.log.9", "a.log.2", "a.log.1"]],
  [["a.log-20231231", "a.log-20240101", "a.log-20240102.gz"]],
  [["a-2024-01-01T00-00-00.000.log.gz", "a-2024-01-01T00-00-00.001.log"]],
])("compareRotated() puts the oldest first: %j", (names) => {
  const parsed = names.map((name) => ({ name, rotated: parseRotatedName(name)[0]! }));
  const sorted = parsed.toReversed().sort((a, b) => compareRotated(a.rotated, b.rotated));
  expect(sorted.map(({ name }) => name)).toEqual(names);
});
