import { expect, test } from "bun:test";
import { asObject } from "../../../src/lib/json/object.ts";

test("asObject() takes objects, and neither arrays nor null", () => {
  const object = { a: 1 };
  expect(asObject(object)).toBe(object);
  for (const other of [null, undefined, [], "{}", 0, true]) expect(asObject(other)).toBeUndefined();
});
