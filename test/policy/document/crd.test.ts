/** The definitions for API servers: structural, and of one mind with the reader. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { policyDefinition, policyManifests } from "../../../src/policy/document/crd/index.ts";
import { POLICY_RESOURCES } from "../../../src/policy/document/crd/resource.ts";
import { REFUSED } from "./crd-cases.ts";
import { documentOf, readText } from "./support.ts";

type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
};

const [CLUSTER, NAMESPACED] = POLICY_RESOURCES.map((resource) => {
  const definition = policyDefinition(resource) as {
    readonly spec: {
      readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }];
    };
  };
  return definition.spec.versions[0].schema.openAPIV3Schema;
}) as [Schema, Schema];

/** Both have the same types. */
const isOfTypes = new Ajv({ strict: false, formats: { int64: true } }).compile(CLUSTER);

/** A rule as JavaScript has it: these rules need no more of CEL than that. */
function translated(rule: string): (self: object) => boolean {
  const text = rule
    .replaceAll(/([\w.]+) in (\[[^\]]*\])/g, "$2.includes($1)")
    .replaceAll(/\.all\((\w+), /g, ".every(($1) => ")
    .replaceAll(/has\(([\w.]+)\)/g, "($1 !== undefined)")
    .replaceAll(/size\(([\w.]+)\)/g, "$1.length");
  return new Function("self", `return ${text};`) as (self: object) => boolean;
}

/** Messages of the rules that an object breaks, with their places; unknown fields are among them, as for a strict client. */
function brokenRules(schema: Schema, value: unknown, path = ""): string[] {
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => brokenRules(schema.items ?? {}, item, `${path}[${index}]`));
  }
  const rules = (schema["x-kubernetes-validations"] ?? []).filter(({ rule }) => !translated(rule)(value));
  const inside = Object.entries(value).flatMap(([key, each]) => {
    const own = schema.properties?.[key] ?? schema.additionalProperties;
    if (own === undefined && schema.properties !== undefined && path !== ".metadata")
      return [`${path}.${key}: unknown field`];
    return brokenRules(own ?? {}, each, `${path}.${key}`);
  });
  return [...rules.map(({ message }) => `${path}: ${message}`), ...inside];
}

function refusals(schema: Schema, document: unknown): string[] {
  const errors = isOfTypes(document)
    ? []
    : (isOfTypes.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  return errors.length > 0 ? errors : brokenRules(schema, document);
}

const ROOT = join(import.meta.dir, "../../..");
const filesOf = (directory: string) =>
  readdirSync(join(ROOT, directory))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${directory}/${name}`);

describe("The definitions for API servers", () => {
  test("say the type of everything, and never both properties and additionalProperties", () => {
    const look = (schema: Schema, path: string): void => {
      expect([path, typeof schema.type]).toEqual([path, "string"]);
      expect([path, schema.properties !== undefined && schema.additionalProperties !== undefined]).toEqual([
        path,
        false,
      ]);
      for (const [name, each] of Object.entries(schema.properties ?? {})) look(each, `${path}.${name}`);
      if (schema.items !== undefined) look(schema.items, `${path}[]`);
      if (schema.additionalProperties !== undefined) look(schema.additionalProperties, `${path}.*`);
    };
    look(CLUSTER, "");
    look(NAMESPACED, "");
  });

  test("are small enough for kubectl apply, which keeps all of an object in an annotation", () => {
    for (const resource of POLICY_RESOURCES)
      expect(JSON.stringify(policyDefinition(resource)).length).toBeLessThan(240_000);
  });

  test("are the files of the chart", () => {
    for (const { file, text } of policyManifests()) {
      const [, ...lines] = readFileSync(join(ROOT, "charts/tetrad/files/crds", file), "utf8").split("\n");
      expect(lines.join("\n")).toBe(text);
    }
  });

  test.each([...filesOf("policies"), ...filesOf("test/policy/cases")])("take %s", (file) => {
    for (const parsed of parseAllDocuments(readFileSync(join(ROOT, file), "utf8"))) {
      const { spec } = parsed.toJS() as { readonly spec: object };
      expect(refusals(CLUSTER, { metadata: {}, spec })).toEqual([]);
    }
  });

  test.each(REFUSED)("refuse %s, as the reader does", (_, spec) => {
    const text = documentOf(spec);
    expect(refusals(CLUSTER, parse(text))).not.toEqual([]);
    expect(readText(text).policy).toBeUndefined();
  });

  test("refuse hostSelector in a policy for one namespace only", () => {
    const spec = "hostSelector: {}\n";
    expect(refusals(CLUSTER, parse(documentOf(spec)))).toEqual([]);
    expect(refusals(NAMESPACED, parse(documentOf(spec)))).toEqual([
      ".spec: a policy for one namespace has no hostSelector",
    ]);
  });

  test("take selectors that are null, as clients write those that are not there", () => {
    for (const schema of [CLUSTER, NAMESPACED])
      expect(refusals(schema, parse(documentOf("podSelector: null\n")))).toEqual([]);
  });
});
