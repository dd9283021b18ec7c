/** @module What a process has mapped: `/proc/PID/maps`. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** Bytes that are read of it. */
const LIMIT = 1 << 20;
const PIECE = 1 << 13;
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
  return readMappingsText(procfs, pid)
    .split("\n")
    .flatMap((line) => parseLine(line) ?? []);
}

/** What {@link mappingsAt} looks into. */
export function readMappingsText(procfs: string, pid: number): string {
  return readStart(join(procfs, String(pid), "maps"));
}

/** Those that addresses are in: a process may have tens of thousands, of which a stack needs few. */
export function mappingsAt(text: string, addresses: BigUint64Array): Mapping[] {
  const sorted = Float64Array.from(addresses, Number).sort();
  const found: Mapping[] = [];
  let next = 0;
  for (let at = 0; at < text.length && next < sorted.length; ) {
    const lineEnd = text.indexOf("\n", at);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const dash = text.indexOf("-", at);
    const first = Number.parseInt(text.slice(at, dash), 16);
    while (next < sorted.length && sorted[next]! < first) next++;
    if (next < sorted.length && sorted[next]! < Number.parseInt(text.slice(dash + 1, dash + 17), 16))
      found.push(...(parseLine(text.slice(at, end)) ?? []));
    at = end + 1;
  }
  return found;
}

function parseLine(line: string): [Mapping] | undefined {
  const number = (hexadecimal: string) => BigInt(`0x${hexadecimal}`);
  const [, start, end, executable, offset, identity, path] = MAPPING.exec(line) ?? [];
  if (path === undefined) return undefined;
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
}

/** The begin of a file; empty when it cannot be read. */
function readStart(path: string): string {
  try {
    const fd = openSync(path, "r");
    try {
      const parts: Buffer[] = [];
      const piece = Buffer.allocUnsafe(PIECE);
      for (let length = 0; length < LIMIT; ) {
        // The kernel gives a page at a time.
        const count = readSync(fd, piece);
        if (count === 0) break;
        length += count;
        parts.push(Buffer.from(piece.subarray(0, count)));
      }
      return Buffer.concat(parts).toString();
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
