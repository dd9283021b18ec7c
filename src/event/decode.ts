/** @module From bytes to validated events, a batch at a time. */
import { isAscii, isUtf8 } from "node:buffer";
import { asBuffer, type SliceableBuffer } from "../lib/bytes.ts";
import type { JsonObject } from "../lib/json/object.ts";
import { type EventBatch, TEXT, WHOLE } from "./batch.ts";
import { withProtoNames } from "./edit/names.ts";
import { repeatedFields } from "./edit/repeated.ts";
import { scannable } from "./edit/scannable.ts";
import { MAX_DEPTH, MAX_NODES, STRUCTURE, structureOf } from "./edit/structure.ts";
import { isMetadata, noEventReason, secondEvent } from "./kind.ts";
import { parseLine } from "./parse-line.ts";
import { schemaReason } from "./reason.ts";
import { SLACK, skipSpace } from "./scan/line.ts";
import { LineScanner } from "./scan/scan.ts";
import { isValidEvent } from "./validate.ts";
import { isWhole, WholeLines } from "./whole.ts";

/** How closely lines are looked at: against the schemas, as JSON objects, or not at all. */
export type ValidateMode = "full" | "syntax" | "off";

/**
 * Takes an invalid line: `bytes[start, end)`, newline included, and what is wrong with it. The reason names
 * paths and types, never values: it may be logged, and events carry secrets.
 */
export type OnInvalid = (bytes: Uint8Array, start: number, end: number, reason: string) => void;

const CUT_OFF = "cut off, with NUL bytes behind it";
const NUL = 0;
const NEWLINE = 0x0a;

/** The part of the batch's bytes that its lines lie in; empty when all are copies. */
function linesOf(batch: EventBatch, buffer: SliceableBuffer): Buffer {
  const { count, start, end, text } = batch;
  let first = 0;
  while (first < count && text[first] !== TEXT.read) first++;
  if (first === count) return buffer.subarray(0, 0);
  let last = count - 1;
  while (text[last] !== TEXT.read) last--;
  return buffer.subarray(start[first]!, end[last]!);
}

/** How far `JSON.parse` gets is a matter of the stack; what is so deep is refused before. */
const EXCESSIVE = `nested more than ${MAX_DEPTH} levels deep, or more than ${MAX_NODES} objects, lists and fields`;

/** How a value is looked at: not at all; as an event, which holds one thing that happened; and by the schemas, too. */
type Look = "none" | "event" | "schema";

/** Why a value is no event, as far as it is looked at. The metadata event of another agent is as good. */
function faultOf(value: JsonObject, look: Look): string | undefined {
  if (look === "none" || isMetadata(value)) return undefined;
  const reason = noEventReason(value);
  if (reason !== undefined) return reason;
  return look === "event" || isValidEvent(value) ? secondEvent(value) : schemaReason(value);
}

/** For whom lines are decoded. */
export interface DecodeSettings {
  /** Whether stages look at the events: then a line that holds none is dropped in every mode. @default false */
  readonly isExamined?: boolean;
  /**
   * Whether lines stay undecoded that are certainly one valid event, all of which the text says: their `batch.event` is
   * `undefined`. {@link decodeLine} decodes one. @default false
   */
  readonly isLazy?: boolean;
  /** Called for each metadata event of another agent that {@link validateBatch} has met in full mode. @default nothing */
  readonly onMetadata?: () => void;
  /** Called where the beginning of an event was cut off a line, which makes two events of one line. @default nothing */
  readonly onCutOff?: () => void;
  /** Called with an error of our own, which took a line with it. @default it is thrown */
  readonly onError?: (error: unknown) => void;
}

/** Beginnings of events that were cut off lines of the batch at hand. */
let cutOff = 0;

/** Reads the event of line `i`, or says why there is none. */
type Reader = (batch: EventBatch, i: number) => JsonObject | string;

/**
 * Reads line `i`, and drops it when that does not succeed. A line that holds no event as a whole is looked at behind and
 * before NUL bytes, which a power loss leaves where text was to be written, most often after the beginning of another
 * event. The line is cut to that event.
 * @returns The event; where the line is dropped, 1 if it was invalid, and 0 after an error of our own.
 */
function readOrRescue(
  batch: EventBatch,
  i: number,
  read: Reader,
  onInvalid: OnInvalid,
  { onCutOff, onError }: DecodeSettings,
): JsonObject | 0 | 1 {
  const bytes = batch.bufferAt(i);
  const from = batch.start[i]!;
  const to = batch.end[i]!;
  try {
    const value = read(batch, i);
    if (typeof value !== "string") return value;
    const rescued = rescue(batch, i, read);
    if (rescued === undefined) {
      onInvalid(bytes, from, to, value);
      return 1;
    }
    if (batch.start[i] !== from) {
      onInvalid(bytes, from, batch.start[i]!, CUT_OFF);
      cutOff++;
      onCutOff?.();
    }
    return rescued;
  } catch (error) {
    if (onError === undefined) throw error;
    onError(error);
    return 0;
  }
}

function rescue(batch: EventBatch, i: number, read: Reader): JsonObject | undefined {
  const bytes = batch.bufferAt(i);
  const from = batch.start[i]!;
  const to = batch.end[i]!;
  let end = to - 1;
  while (end > from && bytes[end - 1] === NUL) end--;
  const start = from + bytes.subarray(from, end).lastIndexOf(NUL) + 1;
  if (start === from && end === to - 1) return undefined;
  const covered = bytes[end]!;
  // The source's buffer is the batch's until it has been written, and nobody needs the NUL byte.
  bytes[end] = NEWLINE;
  batch.start[i] = start;
  batch.end[i] = end + 1;
  const value = read(batch, i);
  if (typeof value !== "string") return value;
  bytes[end] = covered;
  batch.start[i] = from;
  batch.end[i] = to;
  return undefined;
}

/**
 * Decodes every line of `batch` into `batch.event` and drops those that are invalid: the batch is compacted,
 * and `onInvalid` is called for each, in order. Known fields get the names that they have in the proto files; where a
 * field stands twice in an object, the last one stays, and the line is changed to be what was decoded.
 * @returns How many events were invalid: lines dropped, and the beginnings of events that were cut off a line.
 */
export function decodeBatch(
  batch: EventBatch,
  mode: "full" | "syntax",
  onInvalid: OnInvalid,
  settings: DecodeSettings = {},
): number {
  const { bytes, count, start, end, event } = batch;
  const buffer = asBuffer(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // One test for all: plain ASCII is the rule, and it needs neither a UTF-8 check nor a UTF-8 decoder.
  const lines = linesOf(batch, buffer);
  const isPlain = isAscii(lines);
  const finder = settings.isLazy === true ? new WholeLines(bytes, isPlain || isUtf8(lines)) : undefined;
  const look: Look = mode === "full" ? "schema" : settings.isExamined === true ? "event" : "none";
  const read: Reader = (_batch, i) => {
    const isRead = batch.text[i] === TEXT.read;
    const from = start[i]!;
    const to = end[i]!;
    const isScannable = isRead && to + SLACK <= bytes.length;
    let parsed: JsonObject | string | undefined;
    // A shorter line cannot be too large. Most lines need no more than this.
    if (isScannable && to - from < MAX_NODES) {
      parsed = parseLine(buffer, from, to, isPlain);
      if (typeof parsed === "object" && isWhole(parsed, bytes, view, from, to))
        return faultOf(parsed, look === "none" ? "none" : "event") ?? parsed;
    }
    const found = isScannable ? structureOf(bytes, view, from, to) : structureOfCopy(batch, i);
    const value =
      found === 0 && isRead ? (parsed ?? parseLine(buffer, from, to, isPlain)) : decodeOther(batch, i, found);
    return typeof value === "string" ? value : (faultOf(value, look) ?? value);
  };
  let kept = 0;
  let invalid = 0;
  cutOff = 0;
  for (let i = 0; i < count; i++) {
    let found: JsonObject | undefined;
    if (finder === undefined || batch.text[i] !== TEXT.read || !finder.isWhole(start[i]!, end[i]!)) {
      const result = readOrRescue(batch, i, read, onInvalid, settings);
      if (typeof result === "number") {
        invalid += result;
        continue;
      }
      found = result;
    } else batch.whole[i] = WHOLE.yes;
    batch.move(i, kept);
    event[kept++] = found;
  }
  for (let i = kept; i < count; i++) event[i] = undefined;
  batch.count = kept;
  batch.hasNumbered = finder?.hasNumbered ?? true;
  return invalid + cutOff;
}

function structureOfCopy(batch: EventBatch, i: number): number {
  const line = scannable(batch.bufferAt(i), batch.start[i]!, batch.end[i]!);
  return structureOf(line.bytes, line.view, line.start, line.end);
}

/** The value of a line that is not plain: a copy, or one whose structure asks for a closer look. */
function decodeOther(batch: EventBatch, i: number, found: number): JsonObject | string {
  if ((found & STRUCTURE.excessive) !== 0) return EXCESSIVE;
  const parse = () => parseLine(asBuffer(batch.bufferAt(i)), batch.start[i]!, batch.end[i]!, false);
  let value = parse();
  if (typeof value === "string" || found === 0) return value;
  const line = scannable(batch.bufferAt(i), batch.start[i]!, batch.end[i]!);
  const edits = repeatedFields(line, skipSpace(line.bytes, line.start));
  if (edits.length > 0) {
    batch.edit(i, line, edits);
    value = parse();
  }
  return typeof value === "string" ? value : withProtoNames(value);
}

/**
 * Drops the lines that {@link decodeBatch} would drop, for the same reasons, and decodes none that is valid at
 * first sight: `batch.event` stays empty, and no line is changed.
 * @returns How many events were invalid, as {@link decodeBatch}.
 */
export function validateBatch(
  batch: EventBatch,
  mode: "full" | "syntax",
  onInvalid: OnInvalid,
  settings: Omit<DecodeSettings, "isExamined"> = {},
): number {
  const { bytes, count, start, end } = batch;
  const buffer = asBuffer(bytes);
  const scanner = new LineScanner(bytes, mode);
  const isFull = mode === "full";
  // Scanners take no line that begins or ends within a character, so what holds for all lines holds for each.
  const isText = isUtf8(linesOf(batch, buffer));
  const read: Reader = (_batch, i) => readDoubtful(batch, i, isFull, settings.onMetadata);
  let kept = 0;
  let invalid = 0;
  cutOff = 0;
  for (let i = 0; i < count; i++) {
    const from = start[i]!;
    const to = end[i]!;
    const isSure =
      batch.bufferAt(i) === bytes &&
      (isText || isUtf8(buffer.subarray(from, to))) &&
      scanner.isValid(from, to) &&
      // A shorter line cannot be too large.
      (to - from < MAX_NODES || (structureOfCopy(batch, i) & STRUCTURE.excessive) === 0);
    if (!isSure) {
      const found = readOrRescue(batch, i, read, onInvalid, settings);
      if (typeof found === "number") {
        invalid += found;
        continue;
      }
    }
    if (isSure && isFull)
      batch.whole[i] = scanner.isWhole && WholeLines.mayBe(bytes, from, to) ? WHOLE.yes : WHOLE.no;
    batch.move(i, kept++);
  }
  batch.count = kept;
  return invalid + cutOff;
}

/** The event of line `i`, which no scanner was sure of, or why there is none. */
function readDoubtful(
  batch: EventBatch,
  i: number,
  isFull: boolean,
  onMetadata: (() => void) | undefined,
): JsonObject | string {
  const found = structureOfCopy(batch, i);
  if ((found & STRUCTURE.excessive) !== 0) return EXCESSIVE;
  const parsed = parseLine(asBuffer(batch.bufferAt(i)), batch.start[i]!, batch.end[i]!, false);
  if (typeof parsed === "string" || !isFull) return parsed;
  const value = found === 0 ? parsed : withProtoNames(parsed);
  if (!isMetadata(value)) return faultOf(value, "schema") ?? value;
  onMetadata?.();
  return value;
}
