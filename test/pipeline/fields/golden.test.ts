/** What Tetragon's fieldmask-utils makes of the same input: it was run once, its answers are in golden.json. */
import { expect, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { Problems } from "../../../src/pipeline/config/problems.ts";
import { readFieldRules } from "../../../src/pipeline/fields/field-filter.ts";
import golden from "./golden.json";

test("field masks keep and drop what fieldmask-utils does", () => {
  for (const [index, paths, action, expected] of golden.cases as [number, string, string, unknown][]) {
    const problems = new Problems();
    const rules = readFieldRules(JSON.stringify({ fields: paths, action }), problems, () => {});
    problems.throwIfAny();
    let event = golden.events[index]! as JsonObject;
    for (const rule of rules) event = rule.apply(event, 0);
    expect([paths, action, event]).toEqual([paths, action, expected] as never);
  }
});
