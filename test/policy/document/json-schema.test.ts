import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { policyJsonSchema } from "../../../src/policy/document/json-schema.ts";
import { documentOf, kprobe, readText } from "./support.ts";

const validate = new Ajv2020({ strict: false }).compile(policyJsonSchema());
const POLICIES = join(import.meta.dir, "../../../policies");

describe("The JSON Schema of policies", () => {
  test.each(readdirSync(POLICIES))("takes %s", (name) => {
    const text = readFileSync(join(POLICIES, name), "utf8");
    expect({ isValid: validate(parse(text)), errors: validate.errors }).toEqual({
      isValid: true,
      errors: null,
    });
  });

  test.each([
    ["an unknown key", "kprobes: [{call: sys_read, foo: 1}]"],
    ["an unknown action", kprobe("{index: 0, type: int}", "matchActions: [{action: Kill}]")],
    [
      "an unknown operator",
      kprobe("{index: 0, type: int}", 'matchArgs: [{index: 0, operator: In, values: ["1"]}]'),
    ],
    ["an unknown type", kprobe("{index: 0, type: inode}", "{}")],
    [
      "a number that is no text",
      kprobe("{index: 0, type: int}", "matchArgs: [{index: 0, operator: Equal, values: [1]}]"),
    ],
    ["a key that is missing", "kprobes: [{}]"],
  ])("refuses %s, as the reader does", (_, spec) => {
    const text = documentOf(spec);
    expect(validate(parse(text))).toBe(false);
    expect(readText(text).policy).toBeUndefined();
  });
});
