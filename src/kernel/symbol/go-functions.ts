/**
 * @module Functions of programs in Go: their line table (pclntab) has them, also where the file was stripped of its symbols.
 *
 * Source of the facts: Go's `debug/gosym` and `internal/abi`, versions 1.2, 1.16, 1.18, 1.20 and 1.26 of the table.
 */
import type { UnnamedFunction } from "./elf-functions.ts";
import { viewOf } from "./elf-text.ts";

/** By the table's first four bytes. */
const VERSIONS: Readonly<Record<number, "1.2" | "1.16" | "1.18">> = {
  4294967291: "1.2",
  4294967290: "1.16",
  4294967280: "1.18",
  // Since 1.20.
  4294967281: "1.18",
};
const POINTER_SIZE = 8;
/** Behind the version and the sizes that it was made with. */
const HEAD_SIZE = 8;
/** Functions that are looked at: Kubernetes has 100,000. */
const MOST_FUNCTIONS = 1 << 20;

/** Where the program's code is in memory, and how much there is. */
interface Code {
  readonly address: bigint;
  readonly size: number;
}

/** Where the parts of a table are in it. */
interface Parts {
  readonly count: number;
  /** What entries count from; 0n where they are addresses themselves. */
  readonly start: bigint;
  readonly names: number;
  /** Rows of an address and where more is said of it, which is counted from here or, in the oldest, from the beginning. */
  readonly functions: number;
  readonly rows: { readonly wordSize: 4 | 8; readonly countsFrom: number };
}

/** Functions of a table. None of one that is of another kind, or that does not say where the code begins. */
export function* goFunctions(table: Uint8Array, code: Code): Generator<UnnamedFunction> {
  const view = viewOf(table);
  const parts = table.length < HEAD_SIZE ? undefined : partsOf(view, code);
  if (parts === undefined) return;
  const { count, start, names, functions, rows } = parts;
  const { wordSize } = rows;
  const word = (at: number): number =>
    wordSize === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  const rowSize = 2 * wordSize;
  if (functions + count * rowSize + wordSize > table.length || names > table.length) return;
  for (let row = 0; row < count; row++) {
    const at = functions + row * rowSize;
    const entry = word(at);
    const saidAt = rows.countsFrom + word(at + wordSize) + wordSize;
    if (saidAt + 4 > table.length) return;
    const nameAt = names + view.getInt32(saidAt, true);
    if (nameAt < 0 || nameAt >= table.length) return;
    const [address, size] = [start + BigInt(entry), word(at + rowSize) - entry];
    yield { names: table, nameAt, address, size: Math.max(0, size), isIndirect: false, isOld: false };
  }
}

function partsOf(view: DataView, code: Code): Parts | undefined {
  const version = VERSIONS[view.getUint32(0, true)];
  if (version === undefined || view.getUint8(7) !== POINTER_SIZE) return undefined;
  const wordAt = (index: number): number => {
    const at = HEAD_SIZE + index * POINTER_SIZE;
    return at + POINTER_SIZE > view.byteLength ? Number.NaN : Number(view.getBigUint64(at, true));
  };
  const count = wordAt(0);
  if (!(count > 0 && count <= MOST_FUNCTIONS)) return undefined;
  switch (version) {
    case "1.2":
      return {
        count,
        start: 0n,
        names: 0,
        functions: HEAD_SIZE + POINTER_SIZE,
        rows: { wordSize: 8, countsFrom: 0 },
      };
    case "1.16": {
      const functions = wordAt(6);
      return { count, start: 0n, names: wordAt(2), functions, rows: { wordSize: 8, countsFrom: functions } };
    }
    case "1.18": {
      const functions = wordAt(7);
      if (Number.isNaN(functions)) return undefined;
      const start = codeStart(view, BigInt(wordAt(2)), functions + count * 8, code);
      if (start === undefined) return undefined;
      return { count, start, names: wordAt(3), functions, rows: { wordSize: 4, countsFrom: functions } };
    }
  }
}

/**
 * Where the code begins. Since 1.26 the table does not say it, nor do programs that may be loaded anywhere: it is where the section does
 * then, if there is nothing in it but what the table has. C that was linked with it may stand before.
 */
function codeStart(view: DataView, said: bigint, endAt: number, code: Code): bigint | undefined {
  if (said !== 0n) return said;
  if (endAt + 4 > view.byteLength) return undefined;
  const size = view.getUint32(endAt, true);
  return code.size >= size && code.size - size < CODE_ALIGNMENT ? code.address : undefined;
}

/** Bytes that may stand behind the last function. */
const CODE_ALIGNMENT = 64;
