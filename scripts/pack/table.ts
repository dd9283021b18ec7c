/** @module The stub's table, as stub/stub.h declares it. */
import { type ProgramHeader, SIZE, writeProgramHeader } from "./elf.ts";

/** Libraries that the table has room for, the loader included. */
export const MAX_LIBRARIES = 8;
/** Room for one name: a SONAME, or the path of a descriptor. */
export const NAME_BYTES = 32;
/** Longest SONAME that can replace "/proc/self/./fd/N" in place. */
export const MAX_SONAME = "/proc/self/./fd/N".length;

const LIBRARY_BYTES = 24 + NAME_BYTES;
const PATCH_BYTES = 24;
const PATCHES = 13 * 8;
const MAX_PATCHES = 2 * MAX_LIBRARIES;
const LIBRARIES = PATCHES + MAX_PATCHES * PATCH_BYTES;
const CHECKSUM = LIBRARIES + MAX_LIBRARIES * LIBRARY_BYTES;
const MAX_HEADERS = 16;

/** Offsets in the table that others need. */
export const TABLE = { headers: CHECKSUM + 8 } as const;

/** "tetrad-1" */
const MAGIC = 0x312d646172746574n;

/** A word in memory: its value while the loader works, and as it was in the file. */
export interface Patch {
  readonly address: number;
  readonly during: number;
  readonly after: number;
}

/** Values of DT_NEEDED, 64 bits wide, and file names of version requirements, 32 bits wide. */
export interface Patches {
  readonly needed: readonly Patch[];
  readonly versions: readonly Patch[];
}

/** What the stub finds in the table; addresses are those at run time. */
export interface TableContent {
  readonly fileSize: number;
  readonly entry: number;
  readonly headersAddress: number;
  readonly headers: readonly ProgramHeader[];
  readonly debugAddress: number;
  readonly payload: { readonly address: number; readonly size: number };
  /** The program's version requirements: made writable while they are changed. */
  readonly versions: { readonly address: number; readonly size: number };
  readonly patches: Patches;
  readonly libraries: readonly {
    readonly soname: string;
    readonly address: number;
    readonly bytes: Uint8Array;
  }[];
}

/**
 * Writes the table at byte `at` of `file`.
 * @throws RangeError when the stub's magic number is not there, or the program has too many headers.
 */
export function encodeTable(file: Uint8Array, at: number, content: TableContent): void {
  const table = file.subarray(at, at + TABLE.headers + MAX_HEADERS * SIZE.programHeader);
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (view.getBigUint64(0, true) !== MAGIC)
    throw new RangeError("Cannot write the stub's table: no magic number");
  if (content.headers.length > MAX_HEADERS) {
    throw new RangeError(
      `Cannot write the stub's table: ${content.headers.length} program headers, at most ${MAX_HEADERS}`,
    );
  }
  const patches = [...content.patches.needed, ...content.patches.versions];
  if (patches.length > MAX_PATCHES) {
    throw new RangeError(`Cannot write the stub's table: ${patches.length} names, at most ${MAX_PATCHES}`);
  }
  const word = (offset: number, value: number): void => view.setBigUint64(offset, BigInt(value), true);
  const words = [
    content.fileSize,
    content.entry,
    content.headersAddress,
    content.headers.length,
    content.debugAddress,
    content.payload.address,
    content.payload.size,
    content.versions.address,
    content.versions.size,
    content.libraries.length,
    content.patches.needed.length,
    patches.length,
  ];
  for (const [i, value] of words.entries()) word(8 + i * 8, value);
  for (const [i, patch] of patches.entries()) {
    const entry = PATCHES + i * PATCH_BYTES;
    word(entry, patch.address);
    word(entry + 8, patch.during);
    word(entry + 16, patch.after);
  }
  for (const [i, library] of content.libraries.entries()) {
    const entry = LIBRARIES + i * LIBRARY_BYTES;
    word(entry, library.address);
    word(entry + 8, library.bytes.length);
    view.setBigUint64(entry + 16, checksum(library.bytes), true);
    table.set(new TextEncoder().encode(library.soname), entry + 24);
  }
  view.setBigUint64(CHECKSUM, checksum(table.subarray(0, CHECKSUM)), true);
  for (const [i, header] of content.headers.entries()) {
    writeProgramHeader(view, TABLE.headers + i * SIZE.programHeader, header);
  }
}

/**
 * The stub's checksum: two running sums over little-endian 64-bit words, the second with its halves swapped
 * mixed into the first. In 32-bit halves, since 400,000 steps of BigInt arithmetic take too long.
 */
export function checksum(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let aLow = 1;
  let aHigh = 0;
  let bLow = 0;
  let bHigh = 0;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const low = aLow + view.getUint32(at, true);
    aHigh = (aHigh + view.getUint32(at + 4, true) + (low > 0xffffffff ? 1 : 0)) >>> 0;
    aLow = low >>> 0;
    const sum = bLow + aLow;
    bHigh = (bHigh + aHigh + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    bLow = sum >>> 0;
  }
  return (BigInt((aHigh ^ bLow) >>> 0) << 32n) | BigInt((aLow ^ bHigh) >>> 0);
}
