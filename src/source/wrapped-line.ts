/**
 * @module Lines that log drivers wrap others in, as JSON: Docker's json-file
 * (`{"log":"text\n","stream":"stdout","time":"..."}`, https://docs.docker.com/engine/logging/drivers/json-file/) and
 * systemd's journal (`journalctl -o json`, https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format).
 */
import { scannable } from "../event/edit/scannable.ts";
import { STRUCTURE, structureOf } from "../event/edit/structure.ts";
import { isObject, type JsonObject } from "../lib/json/object.ts";

/** What a line wraps. */
export interface WrappedText {
  /** Which of the streams that share the file it belongs to; parts of one stream follow one another. */
  readonly stream: string;
  /** Whether the text goes on in a later line. */
  readonly isPartial: boolean;
  /** Without a newline. */
  readonly text: Uint8Array;
}

const QUOTE = 0x22;
const UNDERSCORE = 0x5f;
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;
const NEWLINE = 0x0a;
const SPACE = 0x20;

/** `log"` is how the first key of Docker's lines goes on. */
const [LETTER_L, LETTER_O, LETTER_G] = [0x6c, 0x6f, 0x67] as const;

/** Keys of Docker's lines; `attrs` are labels and variables that were asked for. */
const DOCKER_KEYS: ReadonlySet<string> = new Set(["log", "stream", "time", "attrs"]);

/** Docker divides lines of 16 KiB and more; a shorter one that has no newline ended without one. */
const SHORTEST_PART = 8 * 1024;

/** Whether the line that begins at `start` with a brace may wrap another: its first key is none that an event has. */
export function mayWrap(bytes: Uint8Array, start: number): boolean {
  if (bytes[start + 1] !== QUOTE) return false;
  const first = bytes[start + 2]!;
  if (first === UNDERSCORE || (first >= LETTER_A && first <= LETTER_Z)) return true;
  return (
    first === LETTER_L &&
    bytes[start + 3] === LETTER_O &&
    bytes[start + 4] === LETTER_G &&
    bytes[start + 5] === QUOTE
  );
}

/** Unwraps the line `[start, newline)`, for which {@link mayWrap} is true. @returns `undefined` when it wraps nothing. */
export function unwrap(bytes: Uint8Array, start: number, newline: number): WrappedText | undefined {
  const line = scannable(bytes, start, newline + 1);
  if ((structureOf(line.bytes, line.view, line.start, line.end) & STRUCTURE.excessive) !== 0)
    return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, newline - start).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isObject(value)) return undefined;
  return typeof value.log === "string" ? fromDocker(value, value.log) : fromJournal(value);
}

function fromDocker(line: JsonObject, log: string): WrappedText | undefined {
  for (const key in line) if (!DOCKER_KEYS.has(key)) return undefined;
  const isEnded = log.endsWith("\n");
  return {
    stream: String(line.stream),
    isPartial: !isEnded && log.length >= SHORTEST_PART,
    text: onOneLine(Buffer.from(isEnded ? log.slice(0, -1) : log)),
  };
}

function fromJournal(entry: JsonObject): WrappedText | undefined {
  if (!("__REALTIME_TIMESTAMP" in entry || "__CURSOR" in entry || "_BOOT_ID" in entry)) return undefined;
  const text = bytesOf(entry.MESSAGE);
  return (
    text && {
      stream: `journal ${String(entry._STREAM_ID)}`,
      isPartial: entry._LINE_BREAK === "line-max",
      text: onOneLine(text),
    }
  );
}

/** A field of the journal: text, or a list of bytes where it is no plain text. */
function bytesOf(message: unknown): Uint8Array | undefined {
  if (typeof message === "string") return Buffer.from(message);
  const isBytes = Array.isArray(message) && message.every((byte) => typeof byte === "number");
  return isBytes ? Uint8Array.from(message as number[]) : undefined;
}

/** A newline stands for white space in JSON, and ends a line here. */
function onOneLine(text: Uint8Array): Uint8Array {
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at)) text[at] = SPACE;
  return text;
}
