/** @module What to do with a file that does not end in a newline. */
import type { FileHandle } from "node:fs/promises";
import { isSyslog, syslogMessage } from "../../encoding/rfc5424/parse.ts";

/** What was done to the end of a file. */
export interface Repair {
  /** Size of the file now, bytes. */
  readonly size: number;
  /** Bytes of a torn event that were cut off. */
  readonly cut: number;
}

const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;
/** Read at a time while looking for the last newline. */
const STEP_BYTES = 64 * 1024;
/** How a syslog message of an agent begins, as far as there is one. */
const SYSLOG =
  /^<(?:\d{1,3}(?:>(?:1(?: (?:[!-~]+(?: (?:[!-~]+(?: (?:t|te|tet|tetr|tetra|tetrad(?: .*)?)?)?)?)?)?)?)?)?)?$/s;
/** Of it, what is looked at. */
const HEADER_BYTES = 1024;
/** No event is longer, so a longer tail is not a torn event. */
const MAX_TAIL_BYTES = 8 * 1024 * 1024;

/**
 * Makes the file end in a whole line, so that the next event starts a line of its own.
 *
 * An event that a kill, a power loss or a full disk has torn is cut off: no reader can use it and no counter
 * has counted it as exported. Anything else keeps its bytes and gets its newline: an event that lacks just
 * that, and text that is not ours.
 * @param file Open for reading and appending.
 */
export async function repairEnd(file: FileHandle, size: number): Promise<Repair> {
  if (size === 0) return { size, cut: 0 };
  const tail = await readTail(file, size);
  if (tail !== undefined && tail.length === 0) return { size, cut: 0 };
  if (tail !== undefined && isTorn(Buffer.from(tail))) {
    await file.truncate(size - tail.length);
    return { size: size - tail.length, cut: tail.length };
  }
  await file.appendFile("\n");
  return { size: size + 1, cut: 0 };
}

/** The bytes after the last newline; `undefined` when there are too many. */
async function readTail(file: FileHandle, size: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  for (let end = size; end > 0; end -= STEP_BYTES) {
    if (size - end > MAX_TAIL_BYTES) return undefined;
    const start = Math.max(0, end - STEP_BYTES);
    const step = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(step, 0, step.length, start);
    if (bytesRead < step.length) return undefined;
    const newline = step.lastIndexOf(NEWLINE);
    pieces.unshift(step.subarray(newline + 1));
    if (newline !== -1) break;
  }
  return Buffer.concat(pieces);
}

/** Whether it is the beginning of an event, and not all of it: of JSON (GELF is), or of a syslog message of an agent. */
function isTorn(tail: Buffer): boolean {
  if (tail[0] === OPENING_BRACE) return !isJson(tail);
  if (!isSyslog(tail) || !SYSLOG.test(tail.toString("latin1", 0, HEADER_BYTES))) return false;
  try {
    return !isJson(syslogMessage(tail));
  } catch {
    return true;
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}
