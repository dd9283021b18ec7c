/**
 * @module What of the Helm chart follows from its values.yaml: the schema that Helm holds values to, and the values it
 * knows, as its templates read them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const CHART = "charts/tetrad";

type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
type Schema = Readonly<Record<string, unknown>>;

/** What a value may be where its default does not say it, by its path. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  imagePullPolicy: ["Always", "IfNotPresent", "Never"],
  dnsPolicy: ["Default", "ClusterFirst", "ClusterFirstWithHostNet", "None"],
  "export.mode": ["stdout", ""],
  "crds.installMethod": ["operator", "helm", "none"],
  "rthooks.interface": ["", "oci-hooks", "nri-hook"],
  "tetragon.grpc.tls.auto.method": ["helm", "certmanager", "cronJob"],
  "tetrad.udp.format": ["", "json", "rfc5424", "gelf", "ecs"],
  "tetrad.udp.compression": ["", "none", "zstd", "gzip", "zlib"],
  "tetrad.export.format": ["", "json", "rfc5424", "gelf", "ecs"],
  "tetrad.elasticsearch.tlsVerification": ["", "full", "certificate", "none"],
};

/** Groups that null takes away. */
const NULLABLE: ReadonlySet<string> = new Set(["tetragon.securityContext"]);

/** Ours alone: a name that is not known there is an error, where Tetragon's chart takes any. */
const CLOSED = "tetrad";

/** By their paths. @param root Of the tree. */
export function renderChart(root: string): Record<string, string> {
  const values = parse(readFileSync(join(root, CHART, "values.yaml"), "utf8")) as Value;
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", ...schemaOf(values, "") };
  return {
    [`${CHART}/files/defaults.json`]: `${JSON.stringify(values, null, 2)}\n`,
    [`${CHART}/values.schema.json`]: `${JSON.stringify(schema, null, 2)}\n`,
  };
}

function schemaOf(value: Value, path: string): Schema {
  const choices = CHOICES[path];
  if (choices !== undefined) return { enum: [...choices, ...(choices.includes("") ? [null] : [])] };
  if (Array.isArray(value)) return { type: ["array", "null"] };
  if (value !== null && typeof value === "object") return objectSchema(value, path);
  if (typeof value === "boolean") return { type: ["boolean", "null"] };
  // Helm's --set makes numbers of texts, and files quote numbers.
  const scalar = { type: ["string", "number", "null"] };
  return value === null && path.endsWith(".affinity") ? { type: ["object", "null"] } : scalar;
}

function objectSchema(value: { [name: string]: Value }, path: string): Schema {
  const names = Object.keys(value);
  if (names.length === 0) return { type: ["object", "null"] };
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  const properties = Object.fromEntries(
    names.map((name) => [name, schemaOf(value[name] ?? null, below(name))]),
  );
  const isClosed = path === CLOSED || path.startsWith(`${CLOSED}.`);
  return {
    type: NULLABLE.has(path) ? ["object", "null"] : "object",
    properties,
    ...(isClosed && { additionalProperties: false }),
  };
}
