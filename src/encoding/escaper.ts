/** @module Texts of JSON as texts within JSON, one behind the other in memory that is used again. */
import { asBuffer } from "../lib/bytes.ts";
import { escapeImage } from "./escape-image.ts" with { type: "macro" };
import { AFTER_TABLE, type EscapeProgram, escapeTable, TABLE } from "./escape-program.ts";

const PAGE_BYTES = 65536;
/** Bytes of a text that is escaped by the program. */
const LONGEST_TEXT = 64 * 1024;
/** Bytes that the program may read or write behind a text. */
const SLACK = 32;
const TEXT = AFTER_TABLE;
const RESULTS = TEXT + LONGEST_TEXT + SLACK;
/** For results: what a cache keeps until the kernel takes them, and room for the longest text. */
const MEMORY_BYTES = 6 * PAGE_BYTES;
/** What stands in front of a text, and behind it. */
const QUOTE = 0x22;

/** Escapes texts. */
export class Escaper {
  /** Where the last text lies: `bytes[start, end)`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #memory: Buffer | undefined;
  readonly #program: EscapeProgram | undefined;
  #used = RESULTS;
  /** What the last text was in, and the same as a buffer. */
  #source = new Uint8Array(0) as Uint8Array;
  #view = Buffer.alloc(0) as Buffer;

  constructor() {
    const memory = allocate();
    this.#program = memory && instantiate(memory);
    if (memory === undefined || this.#program === undefined) return;
    this.#memory = Buffer.from(memory.buffer);
    this.#memory.set(escapeTable(), TABLE);
  }

  /** Texts that were made before need not last any longer. */
  begin(): void {
    this.#used = RESULTS;
  }

  /**
   * Makes the text `source[start, end)` a text of JSON, with its quotes and `ending` behind it.
   * @returns Whether there was room for it beside those made since {@link begin}.
   */
  escape(source: Uint8Array, start: number, end: number, ending: Uint8Array): boolean {
    const length = end - start;
    const memory = this.#memory;
    if (memory === undefined || length > LONGEST_TEXT) return this.#escapeAlone(source, start, end, ending);
    const at = this.#used;
    if (at + 2 * (length + SLACK) + ending.length > MEMORY_BYTES) return false;
    if (source !== this.#source) {
      this.#source = source;
      this.#view = asBuffer(source);
    }
    this.#view.copy(memory, TEXT, start, end);
    memory[at] = QUOTE;
    let after = this.#program!.escape(TEXT, TEXT + length, at + 1);
    if (after === 0) return this.#escapeAlone(source, start, end, ending);
    memory[after++] = QUOTE;
    for (let i = 0; i < ending.length; i++) memory[after++] = ending[i]!;
    this.bytes = memory;
    this.start = at;
    this.end = this.#used = after;
    return true;
  }

  /** The same, in memory of its own. */
  #escapeAlone(source: Uint8Array, start: number, end: number, ending: Uint8Array): true {
    // One character a byte: what is escaped in JSON is ASCII, and all else stays as it is.
    const text = JSON.stringify(asBuffer(source).toString("latin1", start, end));
    this.bytes = Buffer.concat([Buffer.from(text, "latin1"), ending]);
    this.start = 0;
    this.end = this.bytes.length;
    return true;
  }
}

/** @returns Nothing where the runtime has no memory for it, or no WebAssembly at all. */
function allocate(): WebAssembly.Memory | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  const pages = MEMORY_BYTES / PAGE_BYTES;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

let program: WebAssembly.Module | undefined;

/** @returns Nothing where the processor has no vectors of 16 bytes. */
function instantiate(memory: WebAssembly.Memory): EscapeProgram | undefined {
  try {
    program ??= new WebAssembly.Module(Uint8Array.fromBase64(escapeImage()));
    return new WebAssembly.Instance(program, { host: { memory } }).exports as unknown as EscapeProgram;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return undefined;
  }
}
