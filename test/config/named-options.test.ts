import { describe, expect, test } from "bun:test";
import { namedOptions } from "../../src/config/named-options.ts";

const kind = namedOptions("things by name");
const parsed = (text: string) =>
  kind.parse(text)?.map(({ name, options }) => [name, Object.fromEntries(options)]);

describe("namedOptions()", () => {
  test.each<[string, unknown]>([
    ["", []],
    ["  ", []],
    ["{}", []],
    ['{"a": {}}', [["a", {}]]],
    [
      '{"a": {"x": "1"}, "b": {"x": 2, "y": true, "z": [1, "2,3"]}}',
      [
        ["a", { x: "1" }],
        ["b", { x: "2", y: "true", z: '1,"2,3"' }],
      ],
    ],
    ['{"a": {"size": 1e3}}', [["a", { size: "1e3" }]]],
  ])("reads %j", (text, expected) => {
    expect(parsed(text)).toEqual(expected as never);
  });

  test.each([
    "a",
    "[]",
    '{"a": 1}',
    '{"a": {"x": null}}',
    '{"a": {"x": {}}}',
    '{"a": {}} {"b": {}}',
    '{"a": {"x": 1, "x": 2}}',
    '{"a": {}',
  ])("refuses %j", (text) => {
    expect(kind.parse(text)).toBeUndefined();
  });

  test("writes what it reads as the same", () => {
    const text = '{"a":{"x":"1"},"b":{"y":"true"}}';
    expect(kind.format(kind.parse(text)!)).toBe(text);
    expect(kind.format([])).toBe("");
  });
});
