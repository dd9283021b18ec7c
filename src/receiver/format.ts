/** @module One received datagram as a line for people. */
import { type AgentMetadata, METADATA_MESSAGES } from "../event/description/index.ts";
import type { JsonObject } from "../lib/json/object.ts";
import { printable } from "../lib/text/printable.ts";
import type { Inspection } from "./inspect.ts";

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function object(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? (value as JsonObject) : {};
}

/** Colours of the word that says what a datagram is (ECMA-48, SGR). */
const SGR = { metadata: 32, event: 36, invalid: 31 } as const;

function describeEvent(type: string, event: JsonObject): string[] {
  const body = object(event[type]);
  const process = object(body.process);
  const words = [
    text(event.time),
    type,
    text(event.node_name),
    text(process.pid),
    text(process.binary),
    text(process.arguments),
    text(body.function_name),
    body.signal !== undefined ? `signal ${text(body.signal)}` : "",
    body.status !== undefined ? `status ${text(body.status)}` : "",
  ];
  return words.filter((word) => word !== "");
}

/**
 * One line, without its newline, safe to print on a terminal.
 * @param datagram The bytes, for the count and for what is invalid.
 * @param colors Whether the word that says what it is has a colour.
 */
export function formatDatagram(inspection: Inspection, datagram: Uint8Array, colors = false): string {
  const [words, kind] = describe(inspection, datagram);
  const code = SGR[inspection.kind];
  return words
    .map((word) => (colors && word === kind ? `\u001b[${code}m${printable(word)}\u001b[0m` : printable(word)))
    .join("  ");
}

/** What is to be said, and which of the words says what it is. */
function describe(inspection: Inspection, datagram: Uint8Array): [words: string[], kind: string] {
  switch (inspection.kind) {
    case "metadata": {
      const { event } = inspection;
      const words = [
        `${event["@timestamp"]}`,
        event.event,
        event.hostname ?? "",
        `tetrad ${event.tetragon_version}`,
        `pid ${event.pid}`,
        `kernel ${event.kernel_version ?? "unknown"}`,
        `to ${event.udp_destination ?? "nowhere"}`,
        ...customFields(event),
      ];
      return [words, event.event];
    }
    case "event":
      return [describeEvent(inspection.type, inspection.event), inspection.type];
    case "invalid":
      return [["INVALID", inspection.reason, `${datagram.length} bytes: ${startOf(datagram)}`], "INVALID"];
  }
}

/** Fields of which the line of a metadata event says something, and how much: an agent takes as many. */
const MAX_CUSTOM = 32;
const MAX_CUSTOM_TEXT = 128;

/** What the agent was told to say besides (`--metadata-field`), and what is not known yet. */
function customFields(event: AgentMetadata): string[] {
  const { fields } = METADATA_MESSAGES[event.event];
  return Object.entries(event)
    .filter(([name]) => !fields.has(name))
    .slice(0, MAX_CUSTOM)
    .map(([name, value]) => {
      const shown = typeof value === "string" ? value : JSON.stringify(value);
      return `${name}=${shown}`.slice(0, MAX_CUSTOM_TEXT);
    });
}

/** How what is invalid begins, as text: enough to recognise it. */
export function startOf(datagram: Uint8Array): string {
  return Buffer.from(datagram.subarray(0, 80)).toString();
}
