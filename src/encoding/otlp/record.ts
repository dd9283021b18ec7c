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
import {
  ANNOTATIONS,
  ATTRIBUTES,
  CONTAINER_ID,
  containerParts,
  DIRECTION,
  IMAGE,
  imageParts,
  LABELS,
} from "./attributes.ts";
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

/** `ScopeLogs.log_records`. */
export const LOG_RECORDS = 2;
/** Fields of a `LogRecord`. */
const RECORD = {
  time: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  observedTime: 11,
  eventName: 12,
} as const;
/** `AnyValue.string_value`. */
const STRING_VALUE = 1;

const SETTINGS: EcsSettings = { agent: { version: "" }, hasCommandLine: true };
const MILLION = 1_000_000n;

/** What a record says besides its text. */
interface Described {
  readonly type: string | undefined;
  readonly time: bigint;
  readonly attributes: readonly (readonly [string, AttributeValue])[];
}

/** What a {@link RecordEncoder} is given. */
export interface RecordSettings {
  /** What the resource says, and a record does not have to: its cluster, and its host. */
  readonly clusterName?: string | undefined;
  readonly hostName?: string | undefined;
  /** Milliseconds since 1970. @default `Date.now` */
  readonly now?: () => number;
}

/** Writes records. Never throws for what an event is. */
export class RecordEncoder {
  readonly #settings: RecordSettings;
  readonly #now: () => number;

  constructor(settings: RecordSettings = {}) {
    this.#settings = settings;
    this.#now = settings.now ?? Date.now;
  }

  /**
   * Writes line `i`, an event or metadata with its newline, from `target[at]` on.
   * @returns The offset after it; beyond the target's end when it has no room: then what is there means nothing.
   */
  encodeOf(lines: LineView, i: number, target: Buffer, at: number): number {
    return this.writeByDescription(lines.bufferAt(i), lines.startAt(i), lines.endAt(i), target, at);
  }

  /** {@link encodeOf} by the description of events and nothing else: the way that takes every line. */
  writeByDescription(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
    const textEnd = source[end - 1] === NEWLINE ? end - 1 : end;
    const bytes = source.subarray(start, textEnd);
    const isText = isUtf8(bytes);
    const text = asBuffer(source).utf8Slice(start, textEnd);
    const { type, time, attributes } = this.#describe(text, isText);
    const b = target as WritableBuffer;
    // What is no text is text with marks where it is none.
    const body = isText ? bytes : Buffer.from(text);
    return writeMessage(b, at, LOG_RECORDS, (begin) => {
      let p = writeTime(b, begin, RECORD.time, time);
      const severity = recordSeverity(type ?? "");
      p = writeUint(b, p, RECORD.severityNumber, severity.number);
      p = writeText(b, p, RECORD.severityText, severity.text);
      p = writeMessage(b, p, RECORD.body, (inner) => writeBytes(b, inner, STRING_VALUE, body));
      for (const attribute of attributes) p = writeAttribute(b, p, RECORD.attributes, attribute);
      p = writeTime(b, p, RECORD.observedTime, BigInt(this.#now()) * MILLION);
      return type === undefined ? p : writeText(b, p, RECORD.eventName, type);
    });
  }

  #describe(text: string, isText: boolean): Described {
    const { type, document } = isText ? this.#read(text) : { document: this.#fault("not valid UTF-8") };
    const time = parseTimestamp(String(document["@timestamp"])) ?? BigInt(this.#now()) * MILLION;
    return { type, time, attributes: this.#attributesOf(document) };
  }

  #fault(reason: string): JsonObject {
    return faultDocument(reason, SETTINGS, undefined);
  }

  #read(text: string): { readonly type?: string | undefined; readonly document: JsonObject } {
    try {
      const value = decodeLossless(text);
      if (!isObject(value)) return { document: this.#fault("no object") };
      const type = isMetadata(value) ? String(value.event) : typeOf(value);
      return { type, document: documentWithoutMessage(value, SETTINGS) };
    } catch (error) {
      // Text that is no JSON object, or nested so deeply that the stack does not hold it.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      const isNested = error instanceof RangeError;
      return { document: this.#fault(isNested ? "nested too deeply" : "not valid JSON, or no object") };
    }
  }

  #attributesOf(document: JsonObject): (readonly [string, AttributeValue])[] {
    const attributes: [string, AttributeValue][] = [];
    for (const { name, from, type } of ATTRIBUTES) {
      const value = at(document, from);
      if (value === undefined || this.#isOfResource(name, value)) continue;
      attributes.push([name, type === "int" ? Number(value) : String(value)]);
    }
    return [...attributes, ...further(document)];
  }

  #isOfResource(name: string, value: unknown): boolean {
    if (name === "host.name") return value === this.#settings.hostName;
    return name === "k8s.cluster.name" && value === this.#settings.clusterName;
  }
}

/** Attributes that take a value apart, or say one again. */
function* further(document: JsonObject): Generator<[string, AttributeValue]> {
  const containerId = at(document, CONTAINER_ID);
  if (typeof containerId === "string") {
    const { id, runtime } = containerParts(containerId);
    yield ["container.id", id];
    if (runtime !== undefined) yield ["container.runtime.name", runtime];
  }
  const image = at(document, IMAGE);
  if (typeof image === "string") {
    const { name, tag } = imageParts(image);
    yield ["container.image.name", name];
    if (tag !== undefined) yield ["container.image.tags", [tag]];
  }
  const pod = at(document, "orchestrator.resource.name");
  const container = at(document, "container.name");
  if (pod !== undefined && typeof container === "string") yield ["k8s.container.name", container];
  yield* pairs(document, LABELS, "k8s.pod.label.");
  yield* pairs(document, ANNOTATIONS, "k8s.pod.annotation.");
  if (at(document, DIRECTION) !== "egress") return;
  const [address, port] = [at(document, "destination.ip"), at(document, "destination.port")];
  if (typeof address === "string") yield ["server.address", address];
  if (port !== undefined) yield ["server.port", Number(port)];
}

function* pairs(document: JsonObject, from: string, prefix: string): Generator<[string, string]> {
  const all = at(document, from);
  if (!Array.isArray(all)) return;
  for (const pair of all as string[]) {
    const colon = pair.indexOf(":");
    yield [prefix + pair.slice(0, colon), pair.slice(colon + 1)];
  }
}

/** Both spellings of protobuf's JSON are one type. */
function typeOf(value: JsonObject): string | undefined {
  const type = eventType(value);
  return type === undefined || !isObject(value[type]) ? undefined : snakeName(type);
}

/** What a path leads to. */
function at(document: JsonObject, path: string): unknown {
  let value: unknown = document;
  for (const part of path.split(".")) value = asObject(value)?.[part];
  return value ?? undefined;
}
