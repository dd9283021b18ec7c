/**
 * @module The JSON Schemas in docs/schema, one file for each that `tetrad schema` prints. A process of its own makes them: the
 * description that they are derived from may just have been generated.
 *
 *     bun scripts/generate/json-schemas.ts      # prints the files by path, as JSON
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemaOf } from "../../src/event/json-schema/derive.ts";
import { JSON_SCHEMA_NAMES } from "../../src/event/json-schema/roots.ts";
import { POLICY_SCHEMA_NAME, policyJsonSchema } from "../../src/policy/document/json-schema.ts";

const ROOT = join(import.meta.dir, "../..");
/** Where they go, from the top of the project. */
const TARGET = "docs/schema";

/** The files by path, from the top of the project; `null` for one whose type is gone. */
function render(): Record<string, string | null> {
  const present = readdirSync(join(ROOT, TARGET)).map((name) => [`${TARGET}/${name}`, null]);
  return {
    ...Object.fromEntries(present),
    ...Object.fromEntries(JSON_SCHEMA_NAMES.map((name) => file(name, jsonSchemaOf(name)))),
    ...Object.fromEntries([file(POLICY_SCHEMA_NAME, policyJsonSchema())]),
  };
}

function file(name: string, schema: unknown): [path: string, text: string] {
  return [`${TARGET}/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`];
}

/** The files by path, from the top of the project; `undefined` for one whose type is gone. */
export function renderJsonSchemas(): Record<string, string | undefined> {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, import.meta.path]);
  if (exitCode !== 0) throw new Error(`Cannot make the JSON Schemas: ${stderr}`);
  const files: Record<string, string | null> = JSON.parse(stdout.toString());
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text ?? undefined]));
}

if (import.meta.main) process.stdout.write(JSON.stringify(render()));
