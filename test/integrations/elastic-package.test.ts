import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { EcsFlat } from "@elastic/ecs";
import { Ajv } from "ajv";
import { parse } from "yaml";
import packageJson from "../../package.json";
import { valueAt } from "../../src/elastic/check/index-view.ts";
import { mappedFields } from "../../src/elastic/mapping/fields.ts";
import {
  CHANGELOG,
  FIELDS,
  MANIFEST,
  PIPELINE,
  PLACES,
  STREAM_MANIFEST,
  VALIDATION,
} from "./elastic-package-spec.ts";

const ROOT = join(import.meta.dir, "../../integrations/elastic/package/tetrad");
const FILES = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((path) => statSync(join(ROOT, path)).isFile())
  .map((path) => relative(ROOT, join(ROOT, path)))
  .sort();
const ajv = new Ajv({ strict: false, allErrors: true });
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const yaml = (path: string) => parse(read(path)) as never;

interface Field {
  readonly name: string;
  readonly type?: string;
  readonly external?: string;
}
const STREAM = "data_stream/log";
const fields = (["base-fields", "ecs", "fields"] as const).flatMap(
  (name) => yaml(`${STREAM}/fields/${name}.yml`) as Field[],
);

describe("integrations/elastic/package", () => {
  test.each([
    ["manifest.yml", MANIFEST],
    ["changelog.yml", CHANGELOG],
    ["validation.yml", VALIDATION],
    [`${STREAM}/manifest.yml`, STREAM_MANIFEST],
    [`${STREAM}/fields/base-fields.yml`, FIELDS],
    [`${STREAM}/fields/ecs.yml`, FIELDS],
    [`${STREAM}/fields/fields.yml`, FIELDS],
    [`${STREAM}/elasticsearch/ingest_pipeline/default.yml`, PIPELINE],
  ] as const)("%s is as the specification has it", (path, schema) => {
    const isValid = ajv.compile(schema)(yaml(path));
    expect({ path, errors: ajv.errors ?? [] }).toEqual({ path, errors: [] });
    expect(isValid).toBe(true);
  });

  test("files lie where the specification has a place for them", () => {
    expect(FILES.length).toBeGreaterThan(25);
    expect(FILES.filter((path) => !PLACES.some((place) => place.test(path)))).toEqual([]);
  });

  test("its version is that of the product, and the newest of its changelog", () => {
    const { version } = yaml("manifest.yml") as { version: string };
    expect(version).toBe(packageJson.version);
    expect((yaml("changelog.yml") as { version: string }[])[0]!.version).toBe(version);
  });

  test("streams have their templates, which use every variable and no other", () => {
    const { streams } = yaml(`${STREAM}/manifest.yml`) as {
      streams: { template_path: string; vars: { name: string }[] }[];
    };
    for (const { template_path, vars } of streams) {
      const template = read(`${STREAM}/agent/stream/${template_path}`);
      const used = new Set(
        [...template.matchAll(/\{\{(?:#\w+ (?:"\w+" )?)?(\w+)/g)].map(([, name]) => name!),
      );
      for (const local of ["path", "pattern", "tag", "else"]) used.delete(local);
      expect({ template_path, used: [...used].sort() }).toEqual({
        template_path,
        used: vars.map(({ name }) => name).sort(),
      });
    }
  });

  test("every field is defined once: those of the schema by the schema, with the types that documents have", () => {
    const names = fields.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(
      mappedFields()
        .map(({ name }) => name)
        .filter((name) => !names.includes(name)),
    ).toEqual([]);
    const external = fields.filter((field) => field.external === "ecs");
    expect(external.filter(({ name }) => !(name in EcsFlat))).toEqual([]);
    expect(
      fields.filter(
        ({ name, external: from }) => from === undefined && name.startsWith("process.") && name in EcsFlat,
      ),
    ).toEqual([]);
  });

  test("a data stream may have so many fields", () => {
    expect(fields.length).toBeLessThanOrEqual(2048);
  });

  test("when the pipeline fails, the document says so, and which processor it was", () => {
    const { on_failure } = yaml(`${STREAM}/elasticsearch/ingest_pipeline/default.yml`) as {
      on_failure: Record<string, { field: string; value: string }>[];
    };
    expect(on_failure.some(({ set }) => set?.field === "event.kind" && set.value === "pipeline_error")).toBe(
      true,
    );
    const why = on_failure.find(({ append }) => append?.field === "error.message")!.append!.value;
    for (const part of ["type", "tag", "pipeline", "message"])
      expect(why).toContain(
        part === "type" || part === "tag"
          ? `_ingest.on_failure_processor_${part}`
          : `_ingest.on_failure_${part}`,
      );
  });

  test("each event of the pipeline's test has its document", () => {
    const lines = read(`${STREAM}/_dev/test/pipeline/test-events.log`).trimEnd().split("\n");
    const { expected } = JSON.parse(read(`${STREAM}/_dev/test/pipeline/test-events.log-expected.json`)) as {
      expected: object[];
    };
    expect(expected.map((document) => valueAt(document as never, "message"))).toEqual(lines);
  });

  test("Kibana's assets are named after their ids, and lead to each other or to the view of all logs", () => {
    const assets = FILES.filter((path) => path.startsWith("kibana/")).map((path) => ({
      path,
      asset: JSON.parse(read(path)) as {
        id: string;
        type: string;
        references: { type: string; id: string }[];
      },
    }));
    const known = new Set([
      "index-pattern/logs-*",
      ...assets.map(({ asset }) => `${asset.type}/${asset.id}`),
    ]);
    for (const { path, asset } of assets) {
      expect(path).toBe(`kibana/${asset.type}/${asset.id}.json`);
      expect(asset.references.filter(({ type, id }) => !known.has(`${type}/${id}`))).toEqual([]);
    }
  });
});
