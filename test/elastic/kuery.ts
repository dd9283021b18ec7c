/** @module Kibana's own parser of its query language. */
import { createRequire } from "node:module";
import type { Json } from "../../src/elastic/asset.ts";
import { mappedFields } from "../../src/elastic/mapping/fields.ts";

interface Node {
  readonly type: string;
  readonly function?: string;
  readonly value?: unknown;
  readonly arguments?: readonly (Node | null)[];
}

/** It is old JavaScript, and its types are those of a TypeScript of then. */
const parser = createRequire(import.meta.url)("@cybernetex/kbn-es-query") as {
  fromKueryExpression(query: string): Node;
  toElasticsearchQuery(node: Node, indexPattern: Json): Json;
};

/** Types of fields as Kibana has them. */
const KIBANA_TYPES: Readonly<Record<string, string>> = {
  long: "number",
  unsigned_long: "number",
  boolean: "boolean",
  date: "date",
  ip: "ip",
};
const INDEX_PATTERN = {
  title: "logs-*",
  fields: mappedFields().map(({ name, type }) => ({
    name,
    type: KIBANA_TYPES[type] ?? "string",
    searchable: true,
    aggregatable: type !== "match_only_text",
    scripted: false,
  })),
};

/** A query in the language of the server. @throws Error where it is none. */
export function toQuery(kql: string): Json {
  if (kql === "") return { match_all: {} };
  return parser.toElasticsearchQuery(parser.fromKueryExpression(kql), INDEX_PATTERN);
}

/** The fields that a query names. */
export function fieldsIn(kql: string): string[] {
  if (kql === "") return [];
  const found: string[] = [];
  const walk = (node: Node | null): void => {
    if (node?.type !== "function") return;
    const [field] = node.arguments ?? [];
    if (["is", "range", "exists"].includes(node.function ?? "") && field?.type === "literal")
      found.push(String(field.value));
    else node.arguments?.forEach(walk);
  };
  walk(parser.fromKueryExpression(kql));
  return found;
}
