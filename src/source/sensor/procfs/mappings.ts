/** @module What a process has mapped: `/proc/PID/maps`. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** Bytes that are read of it. */
const LIMIT = 1 << 20;
const PIECE = 1 << 16;
/** `start-end perms offset dev inode path` of proc_pid_maps(5), of a file. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S\S(\S)\S ([0-9a-f]+) (\S+ \d+) +(\/.*)$/;

/** A part of a file that a process has mapped. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly isExecutable: boolean;
  /** Where in the file it begins. */
  readonly offset: bigint;
  /** Device and inode. */
  readonly identity: string;
  /** As the process has it. */
  readonly path: string;
}

/** None where the process has ended, or may not be looked at. */
export function readMappings(procfs: string, pid: number): Mapping[] {
  const number = (hexadecimal: string) => BigInt(`0x${hexadecimal}`);
  return readStart(join(procfs, String(pid), "maps"))
    .split("\n")
    .flatMap((line): Mapping[] => {
      const [, start, end, executable, offset, identity, path] = MAPPING.exec(line) ?? [];
      if (path === undefined) return [];
      return [
        {
          start: number(start!),
          end: number(end!),
          isExecutable: executable === "x",
          offset: number(offset!),
          identity: identity!,
          path,
        },
      ];
    });
}

/** The begin of a file; empty when it cannot be read. */
function readStart(path: string): string {
  try {
    const fd = openSync(path, "r");
    try {
      const parts: Buffer[] = [];
      for (let length = 0; length < LIMIT; ) {
        const part = Buffer.alloc(PIECE);
        const count = readSync(fd, part);
        if (count === 0) break;
        length += count;
        parts.push(part.subarray(0, count));
      }
      return Buffer.concat(parts).toString();
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
