import { expect, test } from "bun:test";
import { resolveScalar } from "../../../src/policy/document/yaml/scalar.ts";

test.each<[source: string, value: string | number | boolean | null]>([
  ["y", true],
  ["Y", true],
  ["yes", true],
  ["On", true],
  ["TRUE", true],
  ["n", false],
  ["No", false],
  ["off", false],
  ["False", false],
  ["yEs", "yEs"],
  ["truee", "truee"],
  ["", null],
  ["~", null],
  ["null", null],
  ["nUll", "nUll"],
  ["12", 12],
  ["-3", -3],
  ["0x1F", 31],
  ["0b101", 5],
  ["010", 8],
  ["0o17", 15],
  ["1_000", 1000],
  ["08", 8],
  ["1.5", 1.5],
  ["1e3", 1000],
  [".5", 0.5],
  ["1:30", "1:30"],
  ["2001-01-01", "2001-01-01"],
  [".inf", Number.NaN],
  ["/a", "/a"],
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["1.2.3.4", "1.2.3.4"],
])("resolveScalar(%j) is %p", (source, value) => {
  expect(resolveScalar(source)).toEqual(value);
});
