/** @module Makes an event that is too large for a datagram fit, and keeps what tells it apart. */
import type { JsonObject } from "./batch.ts";
import { decodeLossless, encode } from "./encode.ts";
import { type Caps, keptTexts, planCuts } from "./fit/plan.ts";
import { AGENT_INIT, EVENT } from "./fit/shape.ts";
import { shortenBase64, shortenText } from "./fit/text.ts";
import { type Group, type Part, type Text, takeApart } from "./fit/tree.ts";

/** The top-level field that says that something is missing. */
const MARK = "tetrad_truncated";

const NEWLINE_BYTES = 1;

/**
 * Shortens an event until it fits: its longest strings first, to a common length, then the tails of lists and maps,
 * then the strings that say what the event is about. Identities, numbers, enums and times stay. A shortened string
 * ends in `…[truncated 1234 bytes]`, base64 excepted, and the event gets the field `"tetrad_truncated": true`.
 * A valid event stays valid.
 * @param text One JSON document without a newline.
 * @param maxBytes Bytes of UTF-8 that the result and a newline may have.
 * @returns `text` itself when it fits; `undefined` when it cannot be made to, or is no JSON object.
 */
export function fit(text: string, maxBytes: number): string | undefined {
  if (isFitting(text, maxBytes)) return text;
  try {
    return shorten(decodeLossless(text), maxBytes);
  } catch (error) {
    // No JSON object, or nested more deeply than the stack allows.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isFitting(text: string, maxBytes: number): boolean {
  return text.length < maxBytes && Buffer.byteLength(text) + NEWLINE_BYTES <= maxBytes;
}

function shorten(event: JsonObject, maxBytes: number): string | undefined {
  const compact = encode(event);
  if (isFitting(compact, maxBytes)) return compact;
  event[MARK] = true;
  const root = takeApart(event, event.event === "agent_init" ? AGENT_INIT : EVENT, maxBytes);
  const caps = planCuts(root, maxBytes - NEWLINE_BYTES);
  if (caps === undefined) return undefined;
  for (const string of keptTexts(root)) shortenString(string, caps);
  cutTails(root);
  return encode(event);
}

function shortenString({ holder, key, value, bytes, kind }: Text, caps: Caps): void {
  const cap = kind === "last" ? caps.last : caps.text;
  if (bytes <= cap) return;
  const shorter = kind === "base64" ? shortenBase64(value, cap) : shortenText(value, cap);
  (holder as JsonObject)[key] = shorter;
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
  else for (let i = kept; i < total; i++) delete holder[keys![i]!];
}
