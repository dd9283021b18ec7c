/** @module Puts a document together. */
import { GeneratedFunctions } from "../../lib/generated-functions.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { Class } from "./classify.ts";
import { ECS_FIELDS, ECS_VERSION } from "./fields.ts";
import { type Found, numberOf } from "./found.ts";
import { AGENT_TYPE, DATA_STREAM, type EcsSettings, MODULE } from "./settings.ts";

/** What a document says of its event besides what was found in it. */
export interface DocumentParts {
  readonly kind: "event" | "metric" | "pipeline_error" | "state";
  readonly is?: Class;
  /** What stays of the event. */
  readonly nested?: JsonObject | undefined;
  /** For `event.original`. */
  readonly original: string | undefined;
}

const AT = {
  time: numberOf("@timestamp"),
  start: numberOf("process.start"),
  ecsVersion: numberOf("ecs.version"),
  kind: numberOf("event.kind"),
  category: numberOf("event.category"),
  type: numberOf("event.type"),
  action: numberOf("event.action"),
  module: numberOf("event.module"),
  dataset: numberOf("event.dataset"),
  original: numberOf("event.original"),
  streamType: numberOf("data_stream.type"),
  streamDataset: numberOf("data_stream.dataset"),
  streamNamespace: numberOf("data_stream.namespace"),
  agentType: numberOf("agent.type"),
  agentVersion: numberOf("agent.version"),
  agentId: numberOf("agent.id"),
  agentStart: numberOf("agent.ephemeral_id"),
  os: numberOf("host.os.type"),
};

/** The document, without `message`. Members that it does not have are `undefined`. */
export function assemble(
  found: Found,
  { kind, is, nested, original }: DocumentParts,
  { agent: { version, id, startId }, dataStream = DATA_STREAM, now = Date.now }: EcsSettings,
): JsonObject {
  const start = found[AT.agentStart];
  found[AT.time] ??= found[AT.start] ?? new Date(now()).toISOString();
  found[AT.ecsVersion] = ECS_VERSION;
  found[AT.kind] = kind;
  found[AT.category] = is?.category;
  found[AT.type] = is?.type;
  found[AT.action] = is?.action;
  found[AT.module] = MODULE;
  found[AT.dataset] = dataStream.dataset;
  found[AT.original] = original;
  found[AT.streamType] = dataStream.type;
  found[AT.streamDataset] = dataStream.dataset;
  found[AT.streamNamespace] = dataStream.namespace;
  found[AT.agentType] = AGENT_TYPE;
  found[AT.agentVersion] ??= version;
  if (start === undefined || start === startId) found[AT.agentId] ??= id;
  found[AT.os] = "linux";
  build ??= compile();
  return build(found, nested === undefined ? undefined : { log: nested });
}

/** What is found, as objects within objects. */
type Build = (found: Found, own: JsonObject | undefined) => JsonObject;

let build: Build | undefined;

/** Places by the next part of their names: their number, or those within. */
type Tree = Map<string, number | Tree>;

/** As one expression all objects have the same shapes in all documents, and are made at once. */
function compile(): Build {
  const tree: Tree = new Map();
  for (const { name } of ECS_FIELDS) {
    if (name === "message") continue;
    const path = name.split(".");
    let at = tree;
    for (const part of path.slice(0, -1)) {
      const within = (at.get(part) as Tree | undefined) ?? new Map();
      at.set(part, within);
      at = within;
    }
    at.set(path.at(-1)!, numberOf(name));
  }
  const code = `"use strict";\nreturn (found, own) => (${objectOf(tree, "cilium_tetragon: own,")});`;
  return new GeneratedFunctions().compile(code) as Build;
}

/** @param first Members that come first. */
function objectOf(tree: Tree, first = ""): string {
  const members = [...tree].map(([name, within]) => `${JSON.stringify(name)}: ${expressionOf(within)}`);
  return `{ ${first} ${members.join(", ")} }`;
}

function expressionOf(within: number | Tree): string {
  if (typeof within === "number") return `found[${within}]`;
  const isThere = numbersIn(within).map((number) => `found[${number}] !== undefined`);
  return `${isThere.join(" || ")} ? ${objectOf(within)} : undefined`;
}

function numbersIn(tree: Tree): number[] {
  return [...tree.values()].flatMap((within) => (typeof within === "number" ? [within] : numbersIn(within)));
}
