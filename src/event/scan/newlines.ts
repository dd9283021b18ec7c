/** @module Where the lines end that were read into a {@link TextMemory}: many are found by one call. */
import { newlineImage } from "./image.ts" with { type: "macro" };
import { NEWLINE } from "./line.ts";
import type { NewlineProgram } from "./program/newlines.ts";
import { compileProgram, TextMemory } from "./text-memory.ts";

let program: WebAssembly.Module | undefined;

/** Finds newlines in the text of one memory. */
export class Newlines {
  /** Offsets behind the newlines that were found last. */
  readonly ends: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #find: NewlineProgram["findNewlines"] | undefined;

  /** @param bytes The text of a {@link TextMemory}. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const { memory, numbers } = TextMemory.of(bytes)!;
    this.ends = numbers;
    if (memory === undefined) return;
    program ??= compileProgram(newlineImage());
    if (program === undefined) return;
    const { exports } = new WebAssembly.Instance(program, { host: { memory } });
    this.#find = (exports as unknown as NewlineProgram).findNewlines;
  }

  /** Looks in `bytes[start, end)`. @param most As {@link ends} has room for, or fewer. @returns How many there are in {@link ends}. */
  find(start: number, end: number, most: number): number {
    const { byteOffset } = this.#bytes;
    if (this.#find === undefined) return this.#findPlainly(start, end, most);
    return this.#find(byteOffset + start, byteOffset + end, byteOffset, this.ends.byteOffset, most);
  }

  #findPlainly(start: number, end: number, most: number): number {
    const text = this.#bytes.subarray(0, end);
    let count = 0;
    for (let at = text.indexOf(NEWLINE, start); at !== -1 && count < most; at = text.indexOf(NEWLINE, at + 1))
      this.ends[count++] = at + 1;
    return count;
  }
}
