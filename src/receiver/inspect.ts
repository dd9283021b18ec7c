/** @module What one received document is: metadata, an event, or neither. */

import { type AgentMetadata, DescribedEvent, METADATA_MESSAGES } from "../event/description/index.ts";
import { eventType, isMetadata } from "../event/kind.ts";
import { schemaReason } from "../event/reason.ts";
import { isValidDescribedEvent, isValidMetadata } from "../event/validate.ts";
import type { JsonObject } from "../lib/json/object.ts";
import { EXCESSIVE, isTooMuch } from "./bounds.ts";

/** The verdict on one document. */
export type Inspection =
  | { readonly kind: "metadata"; readonly event: AgentMetadata }
  | { readonly kind: "event"; readonly type: string; readonly event: JsonObject }
  | { readonly kind: "invalid"; readonly reason: string };

const NEWLINE = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Checks that a document is one whole JSON object and a newline, and that it matches the schema of a metadata event or of
 * Tetragon's events.
 * @param isStrict Whether to check against the schemas, too; else only the form. What is said to be metadata always is:
 * others go by it.
 */
export function inspect(document: Uint8Array, isStrict: boolean): Inspection {
  if (document.at(-1) !== NEWLINE) return { kind: "invalid", reason: "does not end in a newline" };
  if (isTooMuch(document)) return { kind: "invalid", reason: EXCESSIVE };
  let event: unknown;
  try {
    event = JSON.parse(decoder.decode(document));
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
  if (isMetadata(object)) return inspectMetadata(object as NamedMetadata, isStrict);
  if (isStrict && !isValidDescribedEvent(object))
    return { kind: "invalid", reason: schemaReason(object, DescribedEvent) };
  return { kind: "event", type: eventType(object) ?? "unknown", event: object };
}

type NamedMetadata = JsonObject & { readonly event: AgentMetadata["event"] };

function inspectMetadata(object: NamedMetadata, isStrict: boolean): Inspection {
  if (isValidMetadata(object.event, object)) return { kind: "metadata", event: object as AgentMetadata };
  if (isStrict) return { kind: "invalid", reason: schemaReason(object, METADATA_MESSAGES[object.event]) };
  return { kind: "event", type: object.event, event: object };
}
