/**
 * @module The kernel's own symbols, `/proc/kallsyms`: more than 100,000 lines. They are read piece by piece when somebody
 * asks, and only the answers are kept, a bounded number of them.
 */
import { closeSync, openSync, readSync } from "node:fs";

const PATH = "/proc/kallsyms";
/** Bytes that are read at once. The kernel gives a page at most for each call. */
const PIECE = 1 << 16;
/** Answers that are kept. */
const CACHE_LIMIT = 4096;

/** A symbol. */
export interface KernelSymbol {
  readonly name: string;
  /** 0 where the kernel does not show addresses (`kernel.kptr_restrict`, or no `CAP_SYSLOG`). */
  readonly address: bigint;
  /** As nm(1) has it: `t` and `T` are functions. */
  readonly type: string;
  /** The module that it is in; `undefined` for the kernel itself. */
  readonly module: string | undefined;
}

/** Whether a symbol is a function. */
export function isFunctionSymbol({ type }: KernelSymbol): boolean {
  return /^[tTwW]$/.test(type);
}

/** `ffffffff81000000 T name` and, of a module, a tabulator and `[module]`. */
const LINE = /^([0-9a-f]+) (\S) ([^\t]+)(?:\t\[([^\]]+)\])?$/;

/** Answers questions about symbols. */
export class KernelSymbols {
  readonly #path: string;
  readonly #byName = new Map<string, readonly KernelSymbol[]>();

  constructor(path: string = PATH) {
    this.#path = path;
  }

  /**
   * The symbols of a name: several where functions of one file only are called alike.
   * @throws The system's error when the file cannot be read.
   */
  find(name: string): readonly KernelSymbol[] {
    return this.findAll([name]).get(name) ?? [];
  }

  /**
   * The symbols of many names, in one reading. A name that nothing has is left out.
   * @throws The system's error when the file cannot be read.
   */
  findAll(names: Iterable<string>): Map<string, readonly KernelSymbol[]> {
    const wanted = new Set(names);
    const unknown = new Map<string, KernelSymbol[]>();
    for (const name of wanted) if (!this.#byName.has(name)) unknown.set(name, []);
    if (unknown.size > 0) {
      for (const line of this.#lines()) {
        const found = unknown.get(nameIn(line));
        const symbol = found === undefined ? undefined : symbolIn(line);
        if (symbol !== undefined) found!.push(symbol);
      }
    }
    const found = new Map<string, readonly KernelSymbol[]>();
    for (const name of wanted) {
      const symbols = unknown.get(name) ?? this.#byName.get(name) ?? [];
      if (symbols.length > 0) found.set(name, symbols);
    }
    for (const [name, symbols] of unknown) this.#keep(name, symbols);
    return found;
  }

  /**
   * Functions whose names are wanted, up to `limit`.
   * @throws The system's error when the file cannot be read.
   */
  matching(isWanted: (name: string) => boolean, limit: number): KernelSymbol[] {
    const found: KernelSymbol[] = [];
    for (const line of this.#lines()) {
      if (found.length === limit) break;
      if (!isWanted(nameIn(line))) continue;
      const symbol = symbolIn(line);
      if (symbol?.type === "t" || symbol?.type === "T") found.push(symbol);
    }
    return found;
  }

  /** What was known longest makes room. */
  #keep(name: string, symbols: readonly KernelSymbol[]): void {
    const [oldest] = this.#byName.size < CACHE_LIMIT ? [] : this.#byName.keys();
    if (oldest !== undefined) this.#byName.delete(oldest);
    this.#byName.set(name, symbols);
  }

  #lines(): Generator<string> {
    return linesOf(this.#path);
  }
}

function* linesOf(path: string): Generator<string> {
  const fd = openSync(path, "r");
  try {
    const piece = Buffer.alloc(PIECE);
    let rest = "";
    for (;;) {
      const length = readSync(fd, piece, 0, PIECE, null);
      const lines = (rest + piece.toString("latin1", 0, length)).split("\n");
      rest = length === 0 ? "" : (lines.pop() ?? "");
      yield* lines;
      if (length === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * All functions whose addresses the kernel shows, in no order.
 * @throws The system's error when the file cannot be read.
 */
export function readKernelFunctions(path: string = PATH): KernelSymbol[] {
  const found: KernelSymbol[] = [];
  for (const line of linesOf(path)) {
    const symbol = symbolIn(line);
    if (symbol !== undefined && symbol.address !== 0n && /^[tTwW]$/.test(symbol.type)) found.push(symbol);
  }
  return found;
}

/** The name alone: most lines are asked for no more. */
function nameIn(line: string): string {
  const start = line.indexOf(" ") + "T ".length + 1;
  const end = line.indexOf("\t", start);
  return end < 0 ? line.slice(start) : line.slice(start, end);
}

/** All of a line; `undefined` when it is none. */
function symbolIn(line: string): KernelSymbol | undefined {
  const [, address, type, name, module] = LINE.exec(line) ?? [];
  return name === undefined ? undefined : { name, address: BigInt(`0x${address}`), type: type!, module };
}

/** Which of the names a symbol begins with that goes on with a dot. */
export function stemIn(symbol: string, names: ReadonlySet<string>): string | undefined {
  for (let dot = symbol.indexOf("."); dot >= 0; dot = symbol.indexOf(".", dot + 1)) {
    const stem = symbol.slice(0, dot);
    if (names.has(stem)) return stem;
  }
  return undefined;
}
