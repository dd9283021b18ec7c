/**
 * @module Functions in the tables of symbols of an ELF file.
 *
 * Source of the facts: elf(5), and "ELF Symbol Versioning" of the Linux Standard Base.
 */
import { viewOf } from "./elf-text.ts";

const SYMBOL_SIZE = 24;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
/** Of a version: that it is not the one which is linked with today. */
const VERSYM_HIDDEN = 0x8000;

/** A function that the file itself has; its name not read yet. */
export interface UnnamedFunction {
  /** A text of {@link textAt}. */
  readonly names: Uint8Array;
  readonly nameAt: number;
  /** In memory. */
  readonly address: bigint;
  /** Bytes; 0 where the file does not say. */
  readonly size: number;
  /** Whether its code is chosen when the program is loaded. */
  readonly isIndirect: boolean;
  /** Whether it is an older version, kept for programs that were linked with it: others are linked with another one of the name. */
  readonly isOld: boolean;
}

/** The same with its name. */
export type ElfFunction = Omit<UnnamedFunction, "names" | "nameAt"> & { readonly name: string };

/** A table of symbols. */
export interface SymbolRows {
  readonly symbols: Uint8Array;
  readonly names: Uint8Array;
  /** 16 bits for each: its version. `undefined` where they have none. */
  readonly versions: Uint8Array | undefined;
}

/** The functions in it. */
export function* functionsIn({ symbols, names, versions }: SymbolRows): Generator<UnnamedFunction> {
  const view = viewOf(symbols);
  const versionView = versions && viewOf(versions);
  for (let at = 0; at + SYMBOL_SIZE <= symbols.length; at += SYMBOL_SIZE) {
    const type = view.getUint8(at + 4) & 0x0f;
    const isHere = view.getUint16(at + 6, true) !== 0;
    if (!isHere || (type !== STT_FUNC && type !== STT_GNU_IFUNC)) continue;
    yield {
      names,
      nameAt: view.getUint32(at, true),
      address: view.getBigUint64(at + 8, true),
      size: Number(view.getBigUint64(at + 16, true)),
      isIndirect: type === STT_GNU_IFUNC,
      isOld: isHidden(versionView, at / SYMBOL_SIZE),
    };
  }
}

function isHidden(versions: DataView | undefined, row: number): boolean {
  if (versions === undefined || row * 2 + 2 > versions.byteLength) return false;
  return (versions.getUint16(row * 2, true) & VERSYM_HIDDEN) !== 0;
}
