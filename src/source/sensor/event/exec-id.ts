/** @module `exec_id`: base64 of `node:ktime:pid`, Tetragon's name for one program that one process runs. */
import type { Process } from "../process/process.ts";
import type { BootClock } from "./clock.ts";
import { JsonWriter, json } from "./json-writer.ts";

/** Longer than the name of a host with a time and a pid. */
const USUAL_LENGTH = 128;
const COLON = ":".charCodeAt(0);
const PADDING = "=".charCodeAt(0);
const ALPHABET = json("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

/** Makes the ids of one node. */
export class ExecIds {
  readonly #clock: BootClock;
  /** Begins with the node, which all ids have in common. */
  readonly #text = new JsonWriter(USUAL_LENGTH);
  readonly #prefixLength: number;

  constructor(nodeName: string, clock: BootClock) {
    this.#clock = clock;
    this.#text.text(`${nodeName}:`);
    this.#prefixLength = this.#text.end;
  }

  /** The id of a process, which keeps it. */
  of(process: Process): Uint8Array {
    process.execId ??= this.encode(process.timeHigh, process.timeLow, process.pid);
    return process.execId;
  }

  /**
   * The id of what process `pid` runs since a time.
   * @param high With `low`, nanoseconds since boot.
   */
  encode(high: number, low: number, pid: number): Uint8Array {
    const text = this.#text;
    text.end = this.#prefixLength;
    this.#clock.writeNanoseconds(text, high, low);
    text.byte(COLON);
    text.number(pid);
    return encodeBase64(text.bytes, text.end);
  }
}

/** RFC 4648 with padding, bytes to bytes: strings in between would cost several times as much. */
function encodeBase64(bytes: Uint8Array, length: number): Uint8Array {
  const encoded = new Uint8Array(Math.ceil(length / 3) * 4);
  let at = 0;
  for (let i = 0; i < length; i += 3) {
    const group =
      (bytes[i]! << 16) | ((i + 1 < length ? bytes[i + 1]! : 0) << 8) | (i + 2 < length ? bytes[i + 2]! : 0);
    encoded[at++] = ALPHABET[group >>> 18]!;
    encoded[at++] = ALPHABET[(group >>> 12) & 63]!;
    encoded[at++] = i + 1 < length ? ALPHABET[(group >>> 6) & 63]! : PADDING;
    encoded[at++] = i + 2 < length ? ALPHABET[group & 63]! : PADDING;
  }
  return encoded;
}
