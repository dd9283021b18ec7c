/** Whatever a file holds: no exception, and every finding has a place inside of it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ARGUMENT_TYPES } from "../../../src/policy/argument-type.ts";
import { formatFinding, readPolicies } from "../../../src/policy/document/index.ts";
import { ACTION_NAMES } from "../../../src/policy/document/schema/action.ts";
import type { Kind, ObjectSchema } from "../../../src/policy/document/schema/kind.ts";
import { VALUE_OPERATORS } from "../../../src/policy/document/schema/selector.ts";
import { TRACING_POLICY } from "../../../src/policy/document/schema/tracing-policy.ts";

function check(text: string): void {
  const { policies, open, findings } = readPolicies(text, { file: "f", machine: "x64" });
  const lines = text.split(/\r\n|[\n\r]/);
  for (const { at } of findings) {
    expect(at.line).toBeWithin(1, lines.length + 1);
    // The end of a line is a place, too.
    expect(at.column).toBeWithin(1, (lines[at.line - 1]?.length ?? 0) + 2);
  }
  for (const line of findings.map(formatFinding)) expect(line).not.toContain("\n");
  if (findings.length === 0) expect(policies.length + open.length).toBeGreaterThan(0);
  expect(findings.some(({ cure }) => cure === "please report it")).toBe(false);
}

const WORDS = [
  ..."apiVersion kind metadata name spec kprobes call args index type selectors matchArgs operator values".split(
    " ",
  ),
  ...VALUE_OPERATORS,
  ...ACTION_NAMES,
  ...Object.keys(ARGUMENT_TYPES),
  "TracingPolicy",
  "sys_read",
  "list:a",
  "&a",
  "*a",
  "<<: *a",
  "- ",
  ": ",
  "\n",
  "\n  ",
  "{",
  "}",
  "[",
  "]",
  ",",
  "? ",
  "|",
  ">",
  "'",
  '"',
  "# ",
  "---\n",
  "!!str ",
  "%YAML 1.1\n",
  "\t",
  "~",
  "0x10",
  "-1",
];

test("readPolicies() takes any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join("")),
  );
  fc.assert(fc.property(text, check), { numRuns: 600 });
});

/** Values of a kind as they may be written, a tenth of them wrong. */
function valuesOf(kind: Kind, depth = 0): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom<unknown>(
    null,
    "",
    "x",
    1,
    -1,
    true,
    [],
    {},
    [null],
    "*",
    "/a/*/b",
    "list:a",
    1e99,
  );
  const right = (): fc.Arbitrary<unknown> => {
    switch (kind.kind) {
      case "text":
        return fc.constantFrom(
          "a",
          "/bin/sh",
          "1",
          "host_ns",
          "CAP_SYS_ADMIN",
          "sys_read",
          "10.0.0.0/8",
          "1:5",
          "list:a",
          "arg0 == 1",
          "mm.owner",
        );
      case "flag":
        return fc.boolean();
      case "integer":
        return fc.integer({ min: 0, max: 6 });
      case "choice":
        return fc.constantFrom(...kind.values);
      case "list":
        return depth > 12 ? fc.constant([]) : fc.array(valuesOf(kind.of, depth + 1), { maxLength: 3 });
      case "table":
        return depth > 12
          ? fc.constant({})
          : fc.dictionary(
              fc.constantFrom("a", "b", "__proto__", "constructor"),
              valuesOf(kind.of, depth + 1),
              { maxKeys: 2 },
            );
      case "object":
        return depth > 12 ? fc.constant({}) : objectsOf(kind.schema, depth + 1);
      case "anything":
        return fc.jsonValue();
    }
  };
  return fc.oneof({ arbitrary: right(), weight: 12 }, { arbitrary: wrong, weight: 1 });
}

function objectsOf(schema: ObjectSchema, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.fields).map(
    ([name, { is, isRequired }]) =>
      [name, fc.option(valuesOf(is, depth), { freq: isRequired ? 20 : 1, nil: undefined })] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

test("readPolicies() takes any document of the right shape, and nearly of it", () => {
  const spec = objectsOf(TRACING_POLICY.fields.spec.is.schema, 0);
  const documents = spec.map((value) => ({
    apiVersion: "cilium.io/v1alpha1",
    kind: "TracingPolicy",
    metadata: { name: "a" },
    spec: value,
  }));
  fc.assert(
    fc.property(documents, fc.boolean(), (document, isPretty) =>
      check(JSON.stringify(document, null, isPretty ? 2 : 0)),
    ),
    { numRuns: 400 },
  );
});

test("readPolicies() bounds the work that a text makes", () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${`*${String.fromCharCode(97 + i)}, `.repeat(9)}]`).join("\n")}\n`;
  for (const text of [
    bomb,
    "[".repeat(100_000),
    "{a: ".repeat(50_000),
    "- ".repeat(50_000),
    `a: &a [*a]\n`,
  ]) {
    const { policies, findings } = readPolicies(text, { file: "f" });
    expect(policies).toEqual([]);
    expect(findings.some(({ severity }) => severity === "error")).toBe(true);
  }
});

test("readPolicies() finds what aliases stand for in one walk", () => {
  const count = 10_000;
  const lines = (line: (index: number) => string, of = count) =>
    Array.from({ length: of }, (_, i) => line(i)).join("");
  const anchors = lines((i) => `x${i}: &b${i} {k${i}: 1}\n`);
  for (const text of [
    anchors + lines((i) => `y${i}: *b${i}\n`, 900),
    `${anchors}z: {<<: [${lines((i) => `*b${i}, `)}]}\n`,
  ]) {
    expect(readPolicies(text, { file: "f" }).policies).toEqual([]);
  }
});

test("readPolicies() takes an alias for the last anchor before it", () => {
  const text = `kind: TracingPolicy
metadata: {labels: {a: &a one}, annotations: {b: *a, c: &a two}, name: *a}
spec: {kprobes: [{call: sys_read}]}
`;
  expect(readPolicies(text, { file: "f" }).policies.map(({ name }) => name)).toEqual(["two"]);
});

test("readPolicies() reads thousands of values in a selector", () => {
  const values = Array.from({ length: 20_000 }, (_, index) => `"/srv/data/file-${index}"`).join(", ");
  const spec = `kprobes: [{call: security_file_open, syscall: false, args: [{index: 0, type: file}], selectors: [{matchArgs: [{index: 0, operator: Equal, values: [${values}]}]}]}]`;
  const { policies, findings } = readPolicies(
    `kind: TracingPolicy\nmetadata: {name: a}\nspec:\n  ${spec}\n`,
    { file: "f" },
  );
  expect(findings).toEqual([]);
  const [condition] = policies[0]!.hooks[0]!.selectors[0]!.conditions;
  expect(condition).toMatchObject({ operand: { operator: "EqualString" } });
});

test.each([
  ["documents", "---\n".repeat(200_000), "more than 4096 documents"],
  ["lists", `a: [${"[],".repeat(260_000)}]`, "more than 50000 brackets"],
  ["mappings", `a: [${"{b: c},".repeat(110_000)}]`, "more than 50000 brackets"],
])("readPolicies() refuses what its parser would take seconds for: %s", (_, text, found) => {
  const { policies, findings } = readPolicies(text, { file: "f", machine: "x64" });
  expect(policies).toEqual([]);
  expect(findings.map((finding) => finding.found)).toEqual([found]);
});
