/** @module The functions of an executable or a library by where they are in the file, for stack traces. */
import { ElfFile } from "./elf-file.ts";

/** Functions of a file that are kept at most. */
const MOST_FUNCTIONS = 1 << 18;

/** Finds functions by offsets in a file. */
export class FileFunctions {
  readonly #offsets: Float64Array;
  readonly #names: readonly string[];

  private constructor(functions: readonly { readonly name: string; readonly offset: number }[]) {
    this.#offsets = Float64Array.from(functions, ({ offset }) => offset);
    this.#names = functions.map(({ name }) => name);
  }

  /** @throws SyntaxError when it is no 64-bit ELF file, or damaged; the system's error when it cannot be read. */
  static read(path: string): FileFunctions {
    using file = ElfFile.open(path);
    const found: { name: string; offset: number }[] = [];
    for (const { name, address } of file.functions()) {
      if (found.length === MOST_FUNCTIONS) break;
      if (name !== "" && address !== 0n) found.push({ name, offset: Number(file.offsetOf(address)) });
    }
    return new FileFunctions(found.sort((one, other) => one.offset - other.offset));
  }

  /** The last function that begins at or before an offset. */
  find(offset: number): string | undefined {
    let [low, high] = [0, this.#offsets.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#names[low - 1];
  }
}
