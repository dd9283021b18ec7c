/** @module What scanners say of a line, and what is true of it. */
import { isUtf8 } from "node:buffer";
import { secondEvent } from "../../../src/event/kind.ts";
import { LineScanner, type ScanMode } from "../../../src/event/scan/scan.ts";
import { isValidEvent } from "../../../src/event/validate.ts";
import { isDecodedAsItIs } from "./decoded.ts";

/** What lies around a line in a buffer: it must not matter. */
const BEFORE = Buffer.from('{"a":"\n');
const AFTER = Buffer.from('"}],"true\\');

/** A scanner that has looked at `text`, which lies in the middle of a buffer, and whether it is sure of it. */
function scan(text: Uint8Array, mode: ScanMode): { isSure: boolean; scanner: LineScanner } {
  const bytes = new Uint8Array(BEFORE.length + text.length + 1 + AFTER.length);
  bytes.set(BEFORE);
  bytes.set(text, BEFORE.length);
  bytes[BEFORE.length + text.length] = 0x0a;
  bytes.set(AFTER, BEFORE.length + text.length + 1);
  const scanner = new LineScanner(bytes, mode);
  return { isSure: scanner.isValid(BEFORE.length, BEFORE.length + text.length + 1), scanner };
}

/** Whether a scanner is sure of `text`. */
export function isSure(text: Uint8Array, mode: ScanMode = "full"): boolean {
  return scan(text, mode).isSure;
}

/** What the decoder would find. */
function isValid(text: Uint8Array, mode: ScanMode = "full"): boolean {
  if (!isUtf8(text)) return false;
  try {
    const value = JSON.parse(Buffer.from(text).toString());
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return mode === "syntax" || (isValidEvent(value) && secondEvent(value) === undefined);
  } catch {
    return false;
  }
}

/**
 * Fails when a scanner is sure of what is not valid, or finds a line whole that is not. Lines hold no newline; UTF-8 is
 * looked at before.
 * @returns Whether it is sure that the line is an event.
 */
export function check(text: Uint8Array): boolean {
  if (text.includes(0x0a) || !isUtf8(text)) return false;
  const say = (what: string) => new Error(`${what} ${JSON.stringify(Buffer.from(text).toString())}`);
  const { isSure, scanner } = scan(text, "full");
  if (isSure && !isValid(text)) throw say("full: sure of");
  if (isSure && scanner.isWhole && !isDecodedAsItIs(text)) throw say("finds whole");
  if (scan(text, "syntax").isSure && !isValid(text, "syntax")) throw say("syntax: sure of");
  return isSure;
}
