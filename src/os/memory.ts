/** @module Gives memory back that a quiet agent does not need. */

import { type Pointer, toArrayBuffer } from "bun:ffi";
import { areUnchanged, embeddedProgram, type Pages } from "./embedded-program.ts";
import { openLibc } from "./libc.ts";

/** asm-generic/mman-common.h. On a clean page of a file: unmap it; the next use finds it in the page cache. */
const MADV_DONTNEED = 4;

/** Keys of the auxiliary vector (linux/auxvec.h): where the program headers are, and how many. */
const AT_PHDR = 3;
const AT_PHNUM = 5;
/** A program header (elf(5)), and what it may say. */
const HEADER_BYTES = 56;
const PT_LOAD = 1;
const PT_PHDR = 6;
const PF_W = 2;
const PAGE = 4096;

/** Pages of the program that the executable carries; `null` where they are not known. */
let embedded: Pages | null | undefined;

/** Opened when first asked for: that is after the start. */
let libc: ReturnType<typeof open> | undefined;

function open() {
  return openLibc({
    getauxval: { args: ["u64"], returns: "u64" },
    madvise: { args: ["ptr", "u64", "i32"], returns: "i32" },
  });
}

/** Where something is in memory. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Whole pages of a program's code and constants: of the segments that nobody may write. What is relocated lies in others.
 * @param headers Its program headers, of 64 bits.
 * @param address Where they are in memory, which tells how far from its own addresses the program was loaded.
 */
export function constantRanges(headers: DataView, address: number): Range[] {
  const all = Array.from({ length: headers.byteLength / HEADER_BYTES }, (_, i) => {
    const at = i * HEADER_BYTES;
    return {
      type: headers.getUint32(at, true),
      flags: headers.getUint32(at + 4, true),
      address: Number(headers.getBigUint64(at + 16, true)),
      bytes: Number(headers.getBigUint64(at + 32, true)),
    };
  });
  const own = all.find(({ type }) => type === PT_PHDR);
  const shift = own === undefined ? 0 : address - own.address;
  return all
    .filter(({ type, flags }) => type === PT_LOAD && (flags & PF_W) === 0)
    .map((segment) => ({
      start: Math.ceil((segment.address + shift) / PAGE) * PAGE,
      end: Math.floor((segment.address + shift + segment.bytes) / PAGE) * PAGE,
    }))
    .filter(({ start, end }) => end > start);
}

/**
 * Unmaps the pages of the executable's code and constants that this process has touched: a start touches tens of
 * megabytes that are never used again. What is used comes back from the page cache, a few microseconds a page.
 * Only what nobody may write is touched, so nothing can be lost.
 */
export function releaseExecutablePages(): void {
  libc ??= open();
  const address = Number(libc.getauxval(AT_PHDR));
  const bytes = Number(libc.getauxval(AT_PHNUM)) * HEADER_BYTES;
  if (address === 0 || bytes === 0) return;
  const headers = new DataView(toArrayBuffer(address as Pointer, 0, bytes));
  for (const { start, end } of constantRanges(headers, address)) {
    libc.madvise(start as Pointer, end - start, MADV_DONTNEED);
  }
}

/**
 * The same for the program that the executable carries, which nobody has written; before {@link releaseExecutablePages},
 * since it brings code back.
 */
export function releaseEmbeddedProgram(): void {
  libc ??= open();
  const program = unchangedProgram();
  if (program) libc.madvise(program.start as Pointer, program.end - program.start, MADV_DONTNEED);
}

/** What the executable carries, while it is as it is in the file; `undefined` too where the system does not let us look. */
function unchangedProgram(): Pages | undefined {
  try {
    embedded ??= embeddedProgram("/proc/self/exe") ?? null;
    return embedded !== null && areUnchanged(embedded) ? embedded : undefined;
  } catch {
    embedded = null;
    return undefined;
  }
}
