/** @module The functions of an executable or a library by where they are in the file, for stack traces. */
import { ElfFile } from "./elf-file.ts";

/** Functions of a file that are kept at most. */
const MOST_FUNCTIONS = 1 << 18;

/** Finds functions by offsets in a file. */
export class FileFunctions {
  readonly #offsets: Float64Array;
  /** Bytes; 0 where the file does not say. */
  readonly #sizes: Float64Array;
  readonly #names: readonly string[];

  private constructor(
    functions: readonly { readonly name: string; readonly offset: number; readonly size: number }[],
  ) {
    this.#offsets = Float64Array.from(functions, ({ offset }) => offset);
    this.#sizes = Float64Array.from(functions, ({ size }) => size);
    this.#names = functions.map(({ name }) => name);
  }

  /** @throws SyntaxError when it is no 64-bit ELF file, or damaged; the system's error when it cannot be read. */
  static read(path: string): FileFunctions {
    using file = ElfFile.open(path);
    return FileFunctions.of(file);
  }

  /** The same of a file that is open. @throws SyntaxError when it is damaged. */
  static of(file: ElfFile): FileFunctions {
    const found: { name: string; offset: number; size: number }[] = [];
    for (const { name, address, size } of file.functions()) {
      if (found.length === MOST_FUNCTIONS) break;
      if (name !== "" && address !== 0n) found.push({ name, offset: Number(file.offsetOf(address)), size });
    }
    return new FileFunctions(found.sort((one, other) => one.offset - other.offset));
  }

  /** The last function that begins at or before an offset, and does not end before it: a call may be its last instruction. */
  find(offset: number): string | undefined {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const size = this.#sizes[low - 1]!;
    if (size > 0 && offset > this.#offsets[low - 1]! + size) return undefined;
    return this.#names[low - 1];
  }
}
