/**
 * @module Events as OTLP's log records (opentelemetry/proto/logs/v1/logs.proto), each as a field of `ScopeLogs`: records that stand
 * behind one another are what a request has in it.
 */
import { isUtf8 } from "node:buffer";
import type { LineView } from "../../event/batch.ts";
import { snakeName } from "../../event/edit/names.ts";
import { decodeLossless } from "../../event/encode.ts";
import { eventType, isMetadata } from "../../event/kind.ts";
import { NEWLINE } from "../../event/scan/line.ts";
import { asBuffer } from "../../lib/bytes.ts";
import { asObject, isObject, type JsonObject } from "../../lib/json/object.ts";
import { parseTimestamp } from "../../lib/text/timestamp.ts";
import { documentWithoutMessage, faultDocument } from "../ecs/document.ts";
import type { EcsSettings } from "../ecs/settings.ts";
import type { WritableBuffer } from "../protobuf/wire.ts";
import { ANNOTATIONS, ATTRIBUTES, CONTAINER_ID, DIRECTION, IMAGE, LABELS } from "./attributes.ts";
import { LineRecords, NOT_SURE } from "./fast/fast.ts";
import {
  ATTRIBUTES_FIELD,
  BODY,
  EVENT_NAME,
  LOG_RECORDS,
  OBSERVED_TIME,
  SEVERITY_NUMBER,
  SEVERITY_TEXT,
  TIME,
} from "./fields.ts";
import { containerAttributes, serverAttributes } from "./further.ts";
import { isOfResource, type RecordSettings } from "./record-settings.ts";
import { recordSeverity } from "./severity.ts";
import {
  type AttributeValue,
  writeAttribute,
  writeBytes,
  writeMessage,
  writeText,
  writeTime,
  writeUint,
} from "./wire.ts";

/** `AnyValue.string_value`. */
const STRING_VALUE = 1;

const SETTINGS: EcsSettings = { agent: { version: "" } };
const MILLION = 1_000_000n;

const PATHS = ATTRIBUTES.map(({ name, from, type }) => ({ name, type, path: from.split(".") }));

/** What a record says besides its text. */
export interface Described {
  readonly type: string | undefined;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly attributes: readonly (readonly [string, AttributeValue])[];
}

/** What was found in a line. */
interface Read {
  readonly type?: string | undefined;
  readonly document: JsonObject;
  /** That of the process. */
  readonly pod?: JsonObject | undefined;
}

/** Writes records. Never throws for what an event is. */
export class RecordEncoder {
  readonly #settings: RecordSettings;
  readonly #now: () => number;
  readonly #lines: LineRecords | undefined;

  constructor(settings: RecordSettings = {}) {
    this.#settings = settings;
    this.#lines = LineRecords.make(settings);
    this.#now = settings.now ?? Date.now;
  }

  /**
   * Writes line `i`, an event or metadata with its newline, from `target[at]` on.
   * @returns The offset after it; beyond the target's end when it has no room: then what is there means nothing.
   */
  encodeOf(lines: LineView, i: number, target: Buffer, at: number): number {
    const [source, start, end] = [lines.bufferAt(i), lines.startAt(i), lines.endAt(i)];
    const line = { start, end, isWhole: lines.isWholeAt(i) };
    const written = this.#lines?.write(source, line, target, at) ?? NOT_SURE;
    return written === NOT_SURE ? this.writeByDescription(source, start, end, target, at) : written;
  }

  /** {@link encodeOf} by the description of events and nothing else: the way that takes every line. */
  writeByDescription(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
    const textEnd = source[end - 1] === NEWLINE ? end - 1 : end;
    const bytes = source.subarray(start, textEnd);
    const isText = isUtf8(bytes);
    const text = asBuffer(source).utf8Slice(start, textEnd);
    const { type, time, attributes } = this.describe(text, isText);
    const b = target as WritableBuffer;
    // What is no text is text with marks where it is none.
    const body = isText ? bytes : Buffer.from(text);
    return writeMessage(b, at, LOG_RECORDS, (begin) => {
      let p = writeTime(b, begin, TIME, time);
      const severity = recordSeverity(type ?? "");
      p = writeUint(b, p, SEVERITY_NUMBER, severity.number);
      p = writeText(b, p, SEVERITY_TEXT, severity.text);
      p = writeMessage(b, p, BODY, (inner) => writeBytes(b, inner, STRING_VALUE, body));
      for (const attribute of attributes) p = writeAttribute(b, p, ATTRIBUTES_FIELD, attribute);
      p = writeTime(b, p, OBSERVED_TIME, BigInt(this.#now()) * MILLION);
      return type === undefined ? p : writeText(b, p, EVENT_NAME, type);
    });
  }

  /** What the record of an event would say. @param text Without its newline. */
  describe(text: string, isText = true): Described {
    const { type, document, pod } = isText ? this.#read(text) : faulty("not valid UTF-8");
    const time = parseTimestamp(String(document["@timestamp"])) ?? BigInt(this.#now()) * MILLION;
    return { type, time, attributes: this.#attributesOf(document, pod) };
  }

  #read(text: string): Read {
    try {
      const value = decodeLossless(text);
      if (!isObject(value)) return faulty("no object");
      if (isMetadata(value))
        return { type: String(value.event), document: documentWithoutMessage(value, SETTINGS) };
      const type = eventType(value);
      const payload = type === undefined ? undefined : asObject(value[type]);
      const command_line = commandLineOf(payload);
      const pod = asObject(asObject(payload?.process)?.pod);
      const document = documentWithoutMessage(value, SETTINGS);
      const process = asObject(document.process);
      if (process !== undefined && command_line !== undefined) Object.assign(process, { command_line });
      return { type: payload === undefined ? undefined : snakeName(type!), document, pod };
    } catch (error) {
      // Text that is no JSON object, or nested so deeply that the stack does not hold it.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      const isNested = error instanceof RangeError;
      return faulty(isNested ? "nested too deeply" : "not valid JSON, or no object");
    }
  }

  #attributesOf(document: JsonObject, pod: JsonObject | undefined): (readonly [string, AttributeValue])[] {
    const attributes: [string, AttributeValue][] = [];
    for (const { name, path, type } of PATHS) {
      const value = atPath(document, path);
      if (value === undefined || isOfResource(this.#settings, name, value)) continue;
      attributes.push([name, type === "int" ? Number(value) : String(value)]);
    }
    return [...attributes, ...furtherOf(document, pod)];
  }
}

function faulty(reason: string): Read {
  return { document: faultDocument(reason, SETTINGS, undefined) };
}

function furtherOf(document: JsonObject, pod: JsonObject | undefined) {
  const port = at(document, "destination.port");
  return [
    ...containerAttributes({
      containerId: textAt(document, CONTAINER_ID),
      image: textAt(document, IMAGE),
      pod: textAt(document, "orchestrator.resource.name"),
      container: textAt(document, "container.name"),
      labels: pairsAt(document, LABELS, pod?.pod_labels ?? pod?.podLabels),
      annotations: pairsAt(document, ANNOTATIONS, pod?.pod_annotations ?? pod?.podAnnotations),
    }),
    ...serverAttributes({
      direction: textAt(document, DIRECTION),
      address: textAt(document, "destination.ip"),
      port: port === undefined ? undefined : Number(port),
    }),
  ];
}

function textAt(document: JsonObject, path: string): string | undefined {
  const value = at(document, path);
  return value === undefined ? undefined : String(value);
}

/** Each `name:value`; what the event has says where a name ends that has a colon itself. */
function pairsAt(document: JsonObject, path: string, source: unknown): (readonly [string, string])[] {
  const all = at(document, path);
  if (!Array.isArray(all)) return [];
  const texts = Object.entries(asObject(source) ?? {}).filter(([, value]) => typeof value === "string");
  return (all as string[]).map((pair, i) => {
    const name = texts[i]?.[0] ?? "";
    const end = pair.startsWith(`${name}:`) ? name.length : pair.indexOf(":");
    return [pair.slice(0, end), pair.slice(end + 1)];
  });
}

/** How a process was started: the conventions want a text of it where arguments cannot be told apart for certain. */
function commandLineOf(payload: JsonObject | undefined): string | undefined {
  const { binary, arguments: text } = asObject(payload?.process) ?? {};
  if (typeof binary !== "string" || binary === "") return undefined;
  return typeof text === "string" && text !== "" ? `${binary} ${text}` : binary;
}

/** What a path leads to. */
function at(document: JsonObject, path: string): unknown {
  return atPath(document, path.split("."));
}

function atPath(document: JsonObject, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as JsonObject)[part];
  }
  return value ?? undefined;
}
