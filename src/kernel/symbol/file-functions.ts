/** @module The functions of an executable or a library by where they are in the file, for stack traces. */
import { ElfFile } from "./elf-file.ts";
import type { UnnamedFunction } from "./elf-functions.ts";
import { textAt } from "./elf-text.ts";

/** Functions of a file that are looked at at most. */
const MOST_FUNCTIONS = 1 << 17;
/** Offsets are sorted as numbers with the function's number behind them: together they have 53 bits. */
const MOST_OFFSET = 2 ** 36;

/** Finds functions by offsets in a file. Names are read when they are asked for: whose file it is says how long they are. */
export class FileFunctions {
  readonly #offsets: Float64Array;
  /** Bytes; 0 where the file does not say. */
  readonly #sizes: Float64Array;
  readonly #namesAt: Uint32Array;
  /** Of the tables of names, which one it is in. */
  readonly #tables: Uint8Array;
  readonly #names: readonly Uint8Array[];

  private constructor(functions: readonly UnnamedFunction[], sorted: Float64Array) {
    const inOrder = Array.from(sorted, (key) => functions[key % MOST_FUNCTIONS]!);
    this.#names = [...new Set(functions.map(({ names }) => names))];
    this.#offsets = sorted.map((key) => Math.floor(key / MOST_FUNCTIONS));
    this.#sizes = Float64Array.from(inOrder, ({ size }) => size);
    this.#namesAt = Uint32Array.from(inOrder, ({ nameAt }) => nameAt);
    this.#tables = Uint8Array.from(inOrder, ({ names }) => this.#names.indexOf(names));
  }

  /** @throws SyntaxError when it is no 64-bit ELF file, or damaged; the system's error when it cannot be read. */
  static read(path: string): FileFunctions {
    using file = ElfFile.open(path);
    return FileFunctions.of(file);
  }

  /** The same of a file that is open. @throws SyntaxError when it is damaged. */
  static of(file: ElfFile): FileFunctions {
    const found: UnnamedFunction[] = [];
    const keys: number[] = [];
    let left = MOST_FUNCTIONS;
    for (const each of file.unnamedFunctions()) {
      if (left-- === 0) break;
      const { names, nameAt, address } = each;
      if (address === 0n || (names[nameAt] ?? 0) === 0) continue;
      const offset = Number(file.offsetOf(address));
      if (offset >= MOST_OFFSET) continue;
      keys.push(offset * MOST_FUNCTIONS + found.length);
      found.push(each);
    }
    return new FileFunctions(found, Float64Array.from(keys).sort());
  }

  /** Bytes that this takes. */
  get bytes(): number {
    const names = this.#names.reduce((sum, { length }) => sum + length, 0);
    return names + this.#offsets.length * (8 + 8 + 4 + 1);
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
    return textAt(this.#names[this.#tables[low - 1]!]!, this.#namesAt[low - 1]!);
  }
}
