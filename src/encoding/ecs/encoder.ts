/**
 * @module Events as documents of the Elastic Common Schema, one a line: `--export-format=ecs`, and what is sent to
 * Elasticsearch.
 */
import type { EventBatch } from "../../event/batch.ts";
import { tally } from "../../event/compile.ts";
import { withProtoNames } from "../../event/edit/names.ts";
import { decodeLossless } from "../../event/encode.ts";
import { parseLine } from "../../event/parse-line.ts";
import { NEWLINE } from "../../event/scan/line.ts";
import { isValidDescribedEvent } from "../../event/validate.ts";
import { asBuffer } from "../../lib/bytes.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { EventEncoder } from "../written.ts";
import { documentOf, faultDocument } from "./document.ts";
import type { EcsSettings } from "./settings.ts";

/** What is nested so deeply that the stack does not hold it. */
const TOO_DEEP = "nested too deeply";

const encoder = new TextEncoder();

/** Writes documents. Never throws for what an event is: one that cannot be mapped is a document that says so. */
export class EcsEncoder implements EventEncoder {
  readonly format = "ecs";
  readonly #settings: EcsSettings;

  constructor(settings: EcsSettings) {
    this.#settings = settings;
  }

  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number {
    batch.makeTextOf(i);
    return this.encodeLine(batch.bufferAt(i), batch.startAt(i), batch.endAt(i), target, at);
  }

  /**
   * Writes the document of the line `source[start, end)`, an event or metadata with its newline, from `target[at]` on, and a
   * newline.
   * @returns The offset after it; beyond the target's end when it has no room: then what is there means nothing.
   */
  encodeLine(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    return write(this.textOf(source, start, end), target, at);
  }

  /** The document of a line that is no part of a batch, in memory of its own. @param line With its newline. */
  lineOf(line: Uint8Array): Uint8Array {
    return encoder.encode(`${this.textOf(line, 0, line.length)}\n`);
  }

  /** The document as text, made by the description of events and nothing else. */
  textOf(source: Uint8Array, start: number, end: number): string {
    const bytes = asBuffer(source);
    const settings = this.#settings;
    const textEnd = end > start && source[end - 1] === NEWLINE ? end - 1 : end;
    const text = bytes.utf8Slice(start, textEnd);
    try {
      const parsed = parseLine(bytes, start, textEnd, false);
      if (typeof parsed === "string") return JSON.stringify(faultDocument(parsed, text, settings));
      return JSON.stringify(documentOf(namedAsInProto(decodeLossless(text)), text, settings));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return JSON.stringify(faultDocument(TOO_DEEP, text, settings));
    }
  }
}

/** The event with its fields by the names of the proto files: protobuf's JSON has another spelling of them. */
function namedAsInProto(event: JsonObject): JsonObject {
  tally.hasUnknown = false;
  isValidDescribedEvent(event);
  return tally.hasUnknown ? withProtoNames(event) : event;
}

function write(text: string, target: Uint8Array, at: number): number {
  const room = target.length - at;
  const { read, written } =
    room > 0 ? encoder.encodeInto(text, target.subarray(at)) : { read: 0, written: 0 };
  if (read < text.length || written === room) return at + Math.max(text.length * 3 + 1, room + 1);
  target[at + written] = NEWLINE;
  return at + written + 1;
}
