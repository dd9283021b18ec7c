/** @module An automaton as the value of a map: the class of each byte, then the rows. */
import type { Automaton } from "./automaton.ts";

/** Bytes of the classes, which the rows follow. */
export const ROWS_OFFSET = 256;

/** How programs use a table. What is in it are offsets in bytes: a class's in its row, a row's behind {@link ROWS_OFFSET}. */
export interface Table {
  readonly bytes: Uint8Array;
  readonly entrySize: 2 | 4;
  /** By how many bits a class is to be shifted: 0 where it has its offset. */
  readonly classShift: number;
  readonly rowSize: number;
  /** Covers the offset of every row. */
  readonly mask: number;
}

/** Lays a table out. */
export function layOut({ classes, rows }: Automaton): Table {
  const { count } = classes;
  const entrySize = (rows.length - 1) * count * 2 <= 0xffff ? 2 : 4;
  const rowSize = count * entrySize;
  const mask = 2 ** Math.ceil(Math.log2((rows.length - 1) * rowSize + 1)) - 1;
  const classShift = (count - 1) * entrySize <= 0xff ? 0 : Math.log2(entrySize);
  // What the verifier knows of an offset is the mask, and of a class that it has a byte.
  const bytes = new Uint8Array(ROWS_OFFSET + mask + 1 + (256 << classShift));
  bytes.set(classShift === 0 ? classes.ofByte.map((one) => one * entrySize) : classes.ofByte);
  const view = new DataView(bytes.buffer);
  for (const [index, next] of rows.flat().entries()) {
    const at = ROWS_OFFSET + index * entrySize;
    if (entrySize === 2) view.setUint16(at, next * rowSize, true);
    else view.setUint32(at, next * rowSize, true);
  }
  return { bytes, entrySize, classShift, rowSize, mask };
}
