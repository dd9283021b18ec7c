/** @module Makes an event that is too large for a datagram fit, and keeps what distinguishes it. */
import type { JsonObject } from "../lib/json/object.ts";
import { decodeLossless, encode } from "./encode.ts";
import { leaveOutDetails, leaveOutParent, leaveOutParentDetails } from "./fit/details.ts";
import { type Caps, keptTexts, planCuts, wholeBytes } from "./fit/plan.ts";
import { MARK, shapes } from "./fit/shape.ts";
import { shortenBase64, shortenText } from "./fit/text.ts";
import { type Group, type Part, type Text, takeApart } from "./fit/tree.ts";

const MARK_BYTES = `,"${MARK}":true`.length;
const NEWLINE_BYTES = 1;

/** What is left out before an event is given up, one after the other. */
const LAST_RESORTS = [leaveOutDetails, leaveOutParentDetails, leaveOutParent];

/**
 * Shortens an event until it fits:
 * 1. its longest strings, to a common length;
 * 2. the tails of lists and maps, and of fields that no schema knows; what its strings say comes before that;
 * 3. details of its process and parent, then all of the parent but what it is found by, then the parent.
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
  let event: JsonObject;
  try {
    event = decodeLossless(text);
  } catch (error) {
    // No JSON object, or nested more deeply than the parser's stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
  return shorten(event, maxBytes - NEWLINE_BYTES);
}

function shorten(event: JsonObject, maxBytes: number): string | undefined {
  const shape = event.event === "agent_init" ? shapes().agentInit : shapes().event;
  let root = takeApart(event, shape, maxBytes);
  // It was white space that made it too large.
  if (wholeBytes(root) <= maxBytes) return encode(event);
  event[MARK] = true;
  let caps = planCuts(root, maxBytes - MARK_BYTES);
  for (const leaveOut of LAST_RESORTS) {
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
