import { expect, test } from "bun:test";
import { parseBoolean } from "../../../src/lib/text/boolean.ts";

test.each(["1", "t", "T", "true", "TRUE", "True"])("parseBoolean() reads %p as true", (text) => {
  expect(parseBoolean(text)).toBe(true);
});

test.each(["0", "f", "F", "false", "FALSE", "False"])("parseBoolean() reads %p as false", (text) => {
  expect(parseBoolean(text)).toBe(false);
});

test.each(["", "yes", "no", "on", "off", "tRUE", " true", "2"])("parseBoolean() refuses %p", (text) => {
  expect(parseBoolean(text)).toBeUndefined();
});
