/**
 * @module Events as documents of the Elastic Common Schema, one a line: `--export-format=ecs`, and what is sent to
 * Elasticsearch.
 */
import { isUtf8 } from "node:buffer";
import type { EventBatch, LineView } from "../../event/batch.ts";
import { decodeLossless } from "../../event/encode.ts";
import { NEWLINE } from "../../event/scan/line.ts";
import { asBuffer } from "../../lib/bytes.ts";
import { isObject } from "../../lib/json/object.ts";
import { Escaper } from "../escaper.ts";
import type { EventEncoder } from "../written.ts";
import { seen } from "./collect.ts";
import { documentWithoutMessage, faultDocument } from "./document.ts";
import { LineDocuments, NOT_SURE } from "./fast/fast.ts";
import type { EcsSettings } from "./settings.ts";

const MESSAGE = Buffer.from(',"message":');
const ENDING = Buffer.from("}\n");

const encoder = new TextEncoder();

/** Writes documents. Never throws for what an event is: one that cannot be mapped is a document that says so. */
export class EcsEncoder implements EventEncoder {
  readonly format = "ecs";
  readonly #settings: EcsSettings;
  readonly #lines: LineDocuments | undefined;
  readonly #escaper = new Escaper();

  constructor(settings: EcsSettings) {
    this.#settings = settings;
    this.#lines = LineDocuments.make(settings);
  }

  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number {
    batch.makeTextOf(i);
    return this.encodeOf(batch, i, target, at);
  }

  /** {@link encodeLine} for line `i`, whose text is there. */
  encodeOf(lines: LineView, i: number, target: Uint8Array, at: number): number {
    return this.#write(lines.bufferAt(i), lines.startAt(i), lines.endAt(i), lines.isWholeAt(i), target, at);
  }

  /**
   * Writes the document of the line `source[start, end)`, an event or metadata with its newline, from `target[at]` on, and a
   * newline.
   * @returns The offset after it; beyond the target's end when it has no room: then what is there means nothing.
   */
  encodeLine(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    return this.#write(source, start, end, false, target, at);
  }

  /** The document of a line that is no part of a batch, in memory of its own. @param line With its newline. */
  lineOf(line: Uint8Array): Uint8Array {
    let target = Buffer.allocUnsafeSlow(4 * line.length + 4096);
    let end = this.encodeLine(line, 0, line.length, target, 0);
    while (end > target.length) {
      target = Buffer.allocUnsafeSlow(end);
      end = this.encodeLine(line, 0, line.length, target, 0);
    }
    return target.subarray(0, end);
  }

  /** The document of the line `source[start, end)`, with a newline or without, as text. */
  textOf(source: Uint8Array, start: number, end: number): string {
    return asBuffer(this.lineOf(source.subarray(start, end)))
      .toString("utf8")
      .slice(0, -1);
  }

  #write(
    source: Uint8Array,
    start: number,
    end: number,
    isWhole: boolean,
    target: Uint8Array,
    at: number,
  ): number {
    const written = this.#lines?.write(source, { start, end, isWhole }, target, at) ?? NOT_SURE;
    return written === NOT_SURE ? this.writeByDescription(source, start, end, target, at) : written;
  }

  /** {@link encodeLine} by the description of events and nothing else: the way that takes every line. */
  writeByDescription(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    const textEnd = source[end - 1] === NEWLINE ? end - 1 : end;
    const bytes = asBuffer(source);
    const isText = isUtf8(bytes.subarray(start, textEnd));
    const text = bytes.utf8Slice(start, textEnd);
    const head = this.#documentOf(text, isText);
    // What is no text is text with marks where it is none.
    const message = isText ? source : encoder.encode(text);
    const escaper = this.#escaper;
    escaper.begin();
    escaper.escape(message, isText ? start : 0, isText ? textEnd : message.length, ENDING);
    const rest = MESSAGE.length + escaper.end - escaper.start;
    const room = target.length - at - rest;
    if (room < head.length) return at + head.length * 3 + rest;
    const { read, written } = encoder.encodeInto(head, target.subarray(at, at + room));
    if (read < head.length) return at + head.length * 3 + rest;
    // In place of the brace that ends the document.
    const behind = at + written - 1;
    target.set(MESSAGE, behind);
    target.set(escaper.bytes.subarray(escaper.start, escaper.end), behind + MESSAGE.length);
    return behind + rest;
  }

  /** The document as text, without `message`. */
  #documentOf(text: string, isText: boolean): string {
    const settings = this.#settings;
    const original = settings.hasOriginal === true ? text : undefined;
    try {
      if (!isText) return JSON.stringify(faultDocument("not valid UTF-8", settings, original));
      seen.isRounded = false;
      const value: unknown = JSON.parse(text);
      const document = isObject(value) ? documentWithoutMessage(value, settings, original) : undefined;
      // Once more, slowly, so that no digit is lost. Text that is no object is said to be none.
      if (document === undefined || seen.isRounded)
        return JSON.stringify(documentWithoutMessage(decodeLossless(text), settings, original));
      return JSON.stringify(document);
    } catch (error) {
      // Text that is no JSON object, or nested so deeply that the stack does not hold it.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      const reason = error instanceof SyntaxError ? "not valid JSON, or no object" : "nested too deeply";
      return JSON.stringify(faultDocument(reason, settings, original));
    }
  }
}
