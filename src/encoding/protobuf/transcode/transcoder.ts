/** @module JSON of events as protobuf without an object in between: most lines need none. */
import { isUtf8 } from "node:buffer";
import { asBuffer } from "../../../lib/bytes.ts";
import { transcodeImage } from "./image.ts" with { type: "macro" };
import { HIGH_BYTES, LINE, LONGEST_LINE, MEMORY_BYTES, MESSAGE, UNKNOWN } from "./layout.ts";
import type { TranscodeProgram } from "./program/program.ts";

const PAGE_BYTES = 65536;

/** What {@link Transcoder.write} gives back for what is not its business. */
export const NOT_SURE = -1;

/** `null` where there is none. */
let shared: Transcoder | null | undefined;

/** Turns lines into messages, one at a time. */
export class Transcoder {
  readonly #memory: Buffer;
  readonly #words: Uint32Array;
  readonly #program: TranscodeProgram;
  readonly #event: number;
  /** Fields that the last message is without, since the API lacks them. */
  unknownFields = 0;

  /** @throws RangeError, WebAssembly.CompileError where {@link shared} is `undefined`. */
  constructor() {
    const { program, table, event } = transcodeImage();
    const pages = Math.ceil(MEMORY_BYTES / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(Uint8Array.fromBase64(program));
    const { exports } = new WebAssembly.Instance(module, { host: { memory } });
    this.#program = exports as unknown as TranscodeProgram;
    this.#memory = asBuffer(new Uint8Array(memory.buffer));
    this.#memory.set(Uint8Array.fromBase64(table));
    this.#words = new Uint32Array(memory.buffer);
    this.#event = event;
  }

  /**
   * One for all, made when the first line is to be written; `undefined` where the runtime has no WebAssembly or no memory for it,
   * or the processor has no vectors of 16 bytes.
   */
  static shared(): Transcoder | undefined {
    if (shared === undefined) shared = Transcoder.#make();
    return shared ?? undefined;
  }

  static #make(): Transcoder | null {
    if (typeof WebAssembly === "undefined") return null;
    try {
      return new Transcoder();
    } catch (error) {
      if (error instanceof RangeError || error instanceof WebAssembly.CompileError) return null;
      throw error;
    }
  }

  /**
   * Writes the event of the line `[start, end)`, newline included, as a `GetEventsResponse` at `target[at]`.
   * @returns The offset after it, beyond the target's end where it has no room; {@link NOT_SURE} for a line that is not certainly an
   * event of the API of which all is known: an object has to be made of it.
   */
  write(bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
    const length = end - start;
    if (length > LONGEST_LINE) return NOT_SURE;
    const memory = this.#memory;
    bytes.copy(memory, LINE, start, end);
    const messageEnd = this.#program.transcode(LINE, LINE + length, MESSAGE, this.#event);
    if (messageEnd < 0) return NOT_SURE;
    if (this.#words[HIGH_BYTES / 4] !== 0 && !isUtf8(memory.subarray(LINE, LINE + length))) return NOT_SURE;
    this.unknownFields = this.#words[UNKNOWN / 4]!;
    const behind = at + messageEnd - MESSAGE;
    if (behind <= target.length) memory.copy(target, at, MESSAGE, messageEnd);
    return behind;
  }
}
