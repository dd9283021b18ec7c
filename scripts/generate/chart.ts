/**
 * @module What of the Helm chart follows from its values.yaml: the schema that Helm holds values to, and the values it
 * knows, as its templates read them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { renderChecks, VALUE_CHECKS } from "./chart-checks.ts";

const CHART = "charts/tetrad";

type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
type Schema = Readonly<Record<string, unknown>>;

/** Values that stay what they are by default where a release before, or null, has none of them: nothing works without. */
const ALWAYS: ReadonlySet<string> = new Set(["imagePullPolicy", "dnsPolicy", "certgen.image.pullPolicy"]);

/** What a value may be where its default does not say it, by its path. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  imagePullPolicy: ["Always", "IfNotPresent", "Never"],
  "certgen.image.pullPolicy": ["Always", "IfNotPresent", "Never"],
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

/** What the items of a list are, where they are not texts. */
const OBJECT_LISTS: ReadonlySet<string> = new Set([
  "imagePullSecrets",
  "tolerations",
  "extraHostPathMounts",
  "extraConfigmapMounts",
  "extraVolumes",
  "tetragon.extraEnv",
  "tetragon.extraVolumeMounts",
  "export.stdout.extraEnv",
  "export.stdout.extraEnvFrom",
  "export.stdout.extraVolumeMounts",
  "rthooks.extraVolumeMounts",
  "certgen.tolerations",
  "tetrad.networkPolicy.grpcFrom",
  "tetrad.networkPolicy.metricsFrom",
]);
const ITEMS: Readonly<Record<string, Schema>> = {
  "export.stdout.envFromSecrets": { type: ["string", "object"] },
  "tetrad.elasticsearch.secretKeys": { enum: ["api-key", "user", "password", "ca.crt"] },
};
/** Their items are looked for by name. */
const NAMED_MOUNTS: ReadonlySet<string> = new Set(["extraHostPathMounts", "extraConfigmapMounts"]);

/** Groups that null takes away. */
const NULLABLE: ReadonlySet<string> = new Set(["tetragon.securityContext"]);

/** Ours alone: a name that is not known there is an error, where Tetragon's chart takes any. */
const CLOSED = "tetrad";

/** By their paths. @param root Of the tree. */
export function renderChart(root: string): Record<string, string> {
  const values = parse(readFileSync(join(root, CHART, "values.yaml"), "utf8")) as Value;
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", ...schemaOf(values, "") };
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const needed = Object.entries(VALUE_CHECKS)
    .filter(([, { min, required }]) => min !== undefined || required)
    .map(([path]) => path);
  return {
    [`${CHART}/files/defaults.json`]: json(values),
    [`${CHART}/files/checks.json`]: json(renderChecks()),
    [`${CHART}/files/needed.json`]: json([...needed, ...ALWAYS].sort()),
    [`${CHART}/values.schema.json`]: json(schema),
  };
}

function schemaOf(value: Value, path: string): Schema {
  const choices = CHOICES[path];
  if (choices !== undefined) return { enum: [...choices, ...(choices.includes("") ? [null] : [])] };
  if (Array.isArray(value)) return { type: ["array", "null"], items: itemsOf(path) };
  if (value !== null && typeof value === "object") return objectSchema(value, path);
  if (typeof value === "boolean") return { type: ["boolean", "null"] };
  // Helm's --set makes numbers of texts, and files quote numbers.
  const scalar = { type: ["string", "number", "null"] };
  if (value === null && path.endsWith(".affinity")) return { type: ["object", "null"] };
  const { min, max, pattern } = VALUE_CHECKS[path] ?? {};
  if (typeof value !== "number" || pattern === undefined) return scalar;
  return {
    type: ["integer", "string", "null"],
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
    pattern,
  };
}

function itemsOf(path: string): Schema {
  if (ITEMS[path] !== undefined) return ITEMS[path];
  if (!OBJECT_LISTS.has(path)) return { type: ["string", "number", "boolean"] };
  return {
    type: "object",
    ...(NAMED_MOUNTS.has(path) && { required: ["name", "mountPath"] }),
  };
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
