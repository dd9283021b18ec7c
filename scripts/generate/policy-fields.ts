/** @module `docs/policy-fields.md`: what a tracing policy may say, field by field, from what the reader goes by. */
import type { Field, Kind, ObjectSchema } from "../../src/policy/document/schema/kind.ts";
import { TRACING_POLICY } from "../../src/policy/document/schema/tracing-policy.ts";

const GENERATED = "<!-- Generated from src/policy/document/schema by scripts/generate.ts: edit there. -->";

/** More words than that are named elsewhere. */
const MAX_WORDS = 12;

/** The whole file. */
export function renderPolicyFields(): string {
  const lines = [
    "# Fields of a tracing policy",
    "",
    GENERATED,
    "",
    "What each means, with examples: [policies.md](policies.md). The same for editors: [schema/tracingpolicy.json](schema/tracingpolicy.json),",
    "which `tetrad schema tracingpolicy` prints.",
  ];
  for (const schema of schemasFrom(TRACING_POLICY)) lines.push("", ...section(schema));
  return `${lines.join("\n")}\n`;
}

/** All objects of a document, each once, outer ones first. */
function schemasFrom(root: ObjectSchema): ObjectSchema[] {
  const found = new Map<string, ObjectSchema>();
  const visitKind = (kind: Kind): void => {
    if (kind.kind === "list" || kind.kind === "table") visitKind(kind.of);
    if (kind.kind === "object") visit(kind.schema);
  };
  const visit = (schema: ObjectSchema): void => {
    if (found.has(schema.name)) return;
    found.set(schema.name, schema);
    for (const { is } of Object.values(schema.fields)) visitKind(is);
  };
  visit(root);
  return [...found.values()];
}

function section({ name, fields }: ObjectSchema): string[] {
  return [
    `## ${name}`,
    "",
    "| Field | Type | Default | |",
    "| --- | --- | --- | --- |",
    ...Object.entries(fields).map(([field, description]) => row(field, description)),
  ];
}

function row(name: string, { is, doc, isRequired, default: value }: Field): string {
  const fallback = value === undefined ? (isRequired ? "required" : "") : `\`${value}\``;
  const words = is.kind === "choice" ? `${doc} ${wordsOf(is.values)}` : doc;
  return `| \`${name}\` | ${typeOf(is)} | ${fallback} | ${words.replaceAll("|", "\\|")} |`;
}

function wordsOf(values: readonly string[]): string {
  const shown = values.slice(0, MAX_WORDS).map((value) => `\`${value}\``);
  return `One of ${shown.join(", ")}${values.length > MAX_WORDS ? " and others" : ""}.`;
}

function typeOf(kind: Kind): string {
  switch (kind.kind) {
    case "text":
    case "choice":
      return "text";
    case "flag":
      return "bool";
    case "integer":
      return "number";
    case "list":
      return `list of ${typeOf(kind.of)}`;
    case "table":
      return `mapping to ${typeOf(kind.of)}`;
    case "object":
      return `[${kind.schema.name}](#${kind.schema.name.toLowerCase().replaceAll(" ", "-")})${kind.isNullable ? " or null" : ""}`;
    case "anything":
      return "anything";
  }
}
