/** @module Gives memory back that a quiet agent does not need. */

import type { Pointer } from "bun:ffi";
import { readFileSync, realpathSync } from "node:fs";
import { openLibc } from "./libc.ts";

/** asm-generic/mman-common.h. On a clean page of a file: unmap it; the next use finds it in the page cache. */
const MADV_DONTNEED = 4;

const libc = openLibc({ madvise: { args: ["ptr", "u64", "i32"], returns: "i32" } });

/** One mapping of `/proc/self/smaps`. */
interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly permissions: string;
  readonly path: string;
  /** Memory of its own, KiB: pages that were written. */
  readonly anonymousKb: number;
}

/** Parses `/proc/PID/smaps` (proc(5)). */
export function parseMappings(smaps: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const block of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const header = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/m.exec(block);
    const anonymous = /^Anonymous: +(\d+) kB$/m.exec(block);
    if (header === null || anonymous === null) continue;
    mappings.push({
      start: Number.parseInt(header[1]!, 16),
      end: Number.parseInt(header[2]!, 16),
      permissions: header[3]!,
      path: header[4]!,
      anonymousKb: Number(anonymous[1]),
    });
  }
  return mappings;
}

/**
 * Unmaps the pages of the executable's code and constants that this process has touched: a start touches tens of
 * megabytes that are never used again. What is used comes back from the page cache, a few microseconds a page.
 * Only read-only mappings without a page of their own are touched, so nothing can be lost.
 */
export function releaseExecutablePages(): void {
  const executable = realpathSync("/proc/self/exe");
  for (const mapping of parseMappings(readFileSync("/proc/self/smaps", "latin1"))) {
    if (mapping.path !== executable || mapping.permissions[1] === "w" || mapping.anonymousKb > 0) continue;
    libc.madvise(mapping.start as Pointer, mapping.end - mapping.start, MADV_DONTNEED);
  }
}
