/** @module Makes an event that is too large for a datagram fit, and keeps what distinguishes it. */
import type { JsonObject } from "../lib/json/object.ts";
import { type Edit, editsOf } from "./edit/edit.ts";
import { scannable } from "./edit/scannable.ts";
import { STRUCTURE, structureOf } from "./edit/structure.ts";
import { decodeLossless, encode } from "./encode.ts";
import {
  LEAVE_OUT_OF_METADATA,
  leaveOutDetails,
  leaveOutParent,
  leaveOutParentDetails,
} from "./fit/details.ts";
import { type Caps, keptTexts, planCuts, wholeBytes } from "./fit/plan.ts";
import { MARK, shapes } from "./fit/shape.ts";
import { shortenBase64, shortenText } from "./fit/text.ts";
import { type Group, type Part, type Text, takeApart } from "./fit/tree.ts";
import { SLACK, skipSpace } from "./scan/line.ts";

const MARK_BYTES = `,"${MARK}":true`.length;
const NEWLINE_BYTES = 1;

/** What is left out before an event is given up, one after the other. */
const LAST_RESORTS = [leaveOutDetails, leaveOutParentDetails, leaveOutParent];

/**
 * Shortens an event until it fits:
 * 1. its longest strings, to a common length;
 * 2. the tails of lists and maps, and of fields that no schema knows; what its strings say comes before that;
 * 3. details of its process and parent, then all of the parent but what it is found by, then the parent; of a metadata
 *    event, what other metadata events say as well.
 *
 * Identities, numbers, enums and times of what stays are kept; `binary` is shortened when there is no other string
 * left to shorten. A shortened string ends in `…[truncated 1234 bytes]`, base64 excepted, which stays base64. The
 * event gets the field `"tetrad_truncated": true`. A valid event stays valid.
 * @param text One JSON document without a newline.
 * @param maxBytes Bytes of UTF-8 that the result and a newline may have.
 * @returns `text` itself when it fits; `undefined` when it cannot be made to, or is not a JSON object.
 */
export function fit(text: string, maxBytes: number): string | undefined {
  if (text.length < maxBytes && Buffer.byteLength(text) + NEWLINE_BYTES <= maxBytes) return text;
  const line = Buffer.from(`${text}\n${PADDING}`);
  const { bytes, view } = scannable(line, 0, line.length - PADDING.length);
  const isExcessive = (structureOf(bytes, view, 0, line.length - PADDING.length) & STRUCTURE.excessive) !== 0;
  if (isExcessive && line.length > MAX_EXCESSIVE_BYTES) return undefined;
  let event: JsonObject;
  try {
    event = decodeLossless(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const room = maxBytes - NEWLINE_BYTES;
  const shortened = shorten(event, room);
  if (shortened === undefined || isExcessive || !ODD_ESCAPE.test(text)) return shortened;
  // What stays keeps its escapes, where there is room for them: they take more than was reckoned with.
  const at = skipSpace(bytes, 0);
  let edited = applyEdits(line, editsOf({ bytes, view }, at, undefined, event));
  const excess = Buffer.byteLength(edited) - room;
  if (excess <= 0) return edited;
  const again = decodeLossless(text);
  if (shorten(again, room - excess) === undefined) return shortened;
  edited = applyEdits(line, editsOf({ bytes, view }, at, undefined, again));
  return Buffer.byteLength(edited) <= room ? edited : shortened;
}

/** What is short takes little memory, however it is nested. */
const MAX_EXCESSIVE_BYTES = 64 * 1024;

/** An escape that `JSON.stringify` might not write. */
const ODD_ESCAPE = /\\[u/]/;
/** What scanners may read after a line. */
const PADDING = " ".repeat(SLACK);

function applyEdits(line: Buffer, edits: readonly Edit[]): string {
  let edited = "";
  let copied = 0;
  for (const { start, end, text } of edits) {
    edited += line.toString("utf8", copied, start) + text;
    copied = end;
  }
  return edited + line.toString("utf8", copied, line.length - PADDING.length - NEWLINE_BYTES);
}

function shorten(event: JsonObject, maxBytes: number): string | undefined {
  const metadata = shapes().metadata.get(event.event);
  const shape = metadata ?? shapes().event;
  let root = takeApart(event, shape, maxBytes);
  // It was white space that made it too large.
  if (wholeBytes(root) <= maxBytes) return encode(event);
  event[MARK] = true;
  let caps = planCuts(root, maxBytes - MARK_BYTES);
  for (const leaveOut of metadata === undefined ? LAST_RESORTS : LEAVE_OUT_OF_METADATA) {
    if (caps !== undefined) break;
    leaveOut(event);
    root = takeApart(event, shape, maxBytes);
    caps = planCuts(root, maxBytes);
  }
  if (caps === undefined) return undefined;
  for (const string of keptTexts(root)) shortenString(string, caps);
  cutTails(root);
  return encode(event);
}

function shortenString({ holder, key, value, bytes, kind }: Text, caps: Caps): void {
  const cap = kind === "last" ? caps.last : caps.text;
  if (bytes > cap)
    (holder as JsonObject)[key] = kind === "base64" ? shortenBase64(value, cap) : shortenText(value, cap);
}

function cutTails(part: Part): void {
  for (const group of part.groups) {
    for (let i = 0; i < group.kept; i++) {
      const entry = group.entries[i]!;
      if (typeof entry === "object") cutTails(entry);
    }
    cutTail(group);
  }
}

function cutTail({ holder, keys, kept, total }: Group): void {
  if (kept === total) return;
  if (Array.isArray(holder)) holder.length = kept;
  // JSON.stringify leaves such fields out; to delete many takes several times as long.
  else for (let i = kept; i < total; i++) holder[keys![i]!] = undefined;
}
