/**
 * @module All functions of the kernel by address, for stack traces: read once, a few megabytes, when the first address is asked for.
 */
import { readKernelFunctions } from "./kallsyms.ts";

/** What an address is in. */
export interface FoundSymbol {
  readonly name: string;
  /** Bytes from its begin. */
  readonly offset: number;
  /** `undefined` for the kernel itself. */
  readonly module: string | undefined;
}

/** No function is longer: what is so far behind the last one known is in a module that came later. */
const LONGEST_FUNCTION = 1 << 20;
/** Milliseconds in which the symbols are not read again. */
const READ_INTERVAL = 60_000;

/** Finds functions by address. */
export class SymbolTable {
  readonly #path: string | undefined;
  #addresses = new BigUint64Array(0);
  #names: string[] = [];
  #modules: (string | undefined)[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(path?: string) {
    this.#path = path;
  }

  /** The function that an address is in; `undefined` where the kernel shows none. */
  find(address: bigint): FoundSymbol | undefined {
    const found = this.#lookUp(address);
    if (found !== undefined || performance.now() - this.#readAt < READ_INTERVAL) return found;
    this.refresh();
    return this.#lookUp(address);
  }

  #lookUp(address: bigint): FoundSymbol | undefined {
    const addresses = this.#addresses;
    let [low, high] = [0, addresses.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const offset = Number(address - addresses[low - 1]!);
    if (offset > LONGEST_FUNCTION) return undefined;
    return { name: this.#names[low - 1]!, offset, module: this.#modules[low - 1] };
  }

  /** Reads them anew. What cannot be read, or has no addresses, leaves what is known. */
  refresh(): void {
    this.#readAt = performance.now();
    let symbols: ReturnType<typeof readKernelFunctions>;
    try {
      symbols = readKernelFunctions(this.#path);
    } catch {
      return;
    }
    if (symbols.length === 0) return;
    symbols.sort((one, other) => (one.address < other.address ? -1 : Number(one.address > other.address)));
    this.#addresses = BigUint64Array.from(symbols, ({ address }) => address);
    this.#names = symbols.map(({ name }) => name);
    this.#modules = symbols.map(({ module }) => module);
  }
}
