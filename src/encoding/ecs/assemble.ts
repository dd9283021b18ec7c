/** @module Puts a document together. */
import type { JsonObject } from "../../lib/json/object.ts";
import type { Class } from "./classify.ts";
import type { Found } from "./collect.ts";
import { ECS_VERSION } from "./fields.ts";
import { PLACES } from "./plan.ts";
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

const PATHS: ReadonlyMap<string, readonly string[]> = new Map(
  [...PLACES.keys()].map((name) => [name, name.split(".")]),
);

/** The document, without `message`. */
export function assemble(
  found: Found,
  { kind, is, nested, original }: DocumentParts,
  { agent: { version, id, startId }, dataStream = DATA_STREAM, now = Date.now }: EcsSettings,
): JsonObject {
  const start = found["agent.ephemeral_id"];
  const isOurs = start === undefined || start === startId;
  const document: JsonObject = {
    "@timestamp": found["@timestamp"] ?? found["process.start"] ?? new Date(now()).toISOString(),
    cilium_tetragon: nested === undefined ? undefined : { log: nested },
    ecs: { version: ECS_VERSION },
    data_stream: dataStream,
    event: {
      kind,
      category: is?.category,
      type: is?.type,
      action: is?.action,
      outcome: undefined,
      module: MODULE,
      dataset: dataStream.dataset,
      original,
    },
    agent: { type: AGENT_TYPE, version, id: isOurs ? id : undefined },
    host: { os: { type: "linux" } },
  };
  for (const name in found) {
    const value = found[name];
    if (value !== undefined) put(document, PATHS.get(name)!, value);
  }
  return document;
}

function put(document: JsonObject, path: readonly string[], value: unknown): void {
  let object = document;
  const last = path.length - 1;
  for (let i = 0; i < last; i++) {
    const key = path[i]!;
    let next = object[key] as JsonObject | undefined;
    if (next === undefined) {
      next = {};
      object[key] = next;
    }
    object = next;
  }
  object[path[last]!] = value;
}
