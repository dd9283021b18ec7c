/** @module What one received datagram is: metadata, an event, or neither. */

import { AgentInit } from "../event/description/index.ts";
import { eventType, isMetadata } from "../event/kind.ts";
import { schemaReason } from "../event/reason.ts";
import { isValidAgentInit, isValidEvent } from "../event/validate.ts";
import type { JsonObject } from "../lib/json/object.ts";

/** The verdict on one datagram. */
export type Inspection =
  | { readonly kind: "agent_init"; readonly event: AgentInit }
  | { readonly kind: "event"; readonly type: string; readonly event: JsonObject }
  | { readonly kind: "invalid"; readonly reason: string };

const NEWLINE = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Checks that a datagram is one whole JSON document and a newline, and that the document matches the schema of
 * `agent_init` or of Tetragon's events.
 * @param isStrict Whether to check against the schemas, too; else only the form.
 */
export function inspect(datagram: Uint8Array, isStrict: boolean): Inspection {
  if (datagram.at(-1) !== NEWLINE) return { kind: "invalid", reason: "does not end in a newline" };
  let event: unknown;
  try {
    event = JSON.parse(decoder.decode(datagram));
  } catch (error) {
    return {
      kind: "invalid",
      reason: error instanceof TypeError ? "is not UTF-8" : "is not one JSON document",
    };
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    return { kind: "invalid", reason: "is not a JSON object" };
  }
  const object = event as JsonObject;
  if (object.event === "agent_init") {
    if (!isStrict || isValidAgentInit(object)) return { kind: "agent_init", event: object as AgentInit };
    return { kind: "invalid", reason: schemaReason(object, AgentInit) };
  }
  // Of another release, or a refresh: whoever knows what is in it has other means to check it.
  if (isMetadata(object)) return { kind: "event", type: String(object.event), event: object };
  if (isStrict && !isValidEvent(object)) return { kind: "invalid", reason: schemaReason(object) };
  return { kind: "event", type: eventType(object) ?? "unknown", event: object };
}
