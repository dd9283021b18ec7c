/**
 * @module The files that this process writes, known by device and inode: what their names are at the moment says nothing.
 * A source must not read them, and two who write must not share one.
 */
import type { BigIntStats } from "node:fs";
import { fs } from "./fs.ts";

/** What tells files apart: numbers of deleted inodes are used again, so the time of birth belongs to it. */
export type FileIdentity = Pick<BigIntStats, "dev" | "ino" | "birthtimeNs">;

/** Who writes a file, as others hear of it. */
export type Writer = "--log-file" | "--checkpoint-file" | "another exporter";

/** Files remembered at most: those that were rotated away longest ago are forgotten first. */
const MAX_FILES = 10_000;
const STANDARD_STREAMS = [1, 2];

const births = new Map<string, bigint>();
const paths = new Set<string>();
/** By device and inode: who writes it. */
const claimed = new Map<string, Writer>();

function keyOf({ dev, ino }: Pick<FileIdentity, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}

/** Says that this process writes, or has written, the file. @param path Its own path, past all links. */
export function noteWritten(path: string, file: FileIdentity): void {
  births.set(keyOf(file), file.birthtimeNs);
  paths.add(path);
  if (births.size > MAX_FILES) births.delete(births.keys().next().value!);
}

/** Whether this process writes the file, or has written it: as export file, log, standard output or standard error. */
export function isWritten(file: FileIdentity): boolean {
  return births.get(keyOf(file)) === file.birthtimeNs || isStandardStream(file);
}

/** Paths of all files that this process writes or has written. */
export function writtenPaths(): ReadonlySet<string> {
  const all = new Set(paths);
  for (const fd of STANDARD_STREAMS) {
    try {
      all.add(fs().readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // Closed, or there is no /proc.
    }
  }
  return all;
}

/**
 * Takes a file, FIFO or socket that nobody else in this process is to write to, until {@link releaseFile}.
 * @returns What to give it back with: device and inode.
 * @throws Error when another has it.
 */
export function claimFile(file: Pick<FileIdentity, "dev" | "ino">, writer: Writer): string {
  const key = keyOf(file);
  const other = claimed.get(key);
  if (other !== undefined) throw new Error(`${other} writes to it`);
  claimed.set(key, writer);
  return key;
}

/** {@link claimFile} for a descriptor, of whose file sources hear, too. A terminal and `/dev/null` are for everybody. */
export function claimDescriptor(fd: number, writer: Writer): string | undefined {
  const info = fs().fstatSync(fd, { bigint: true });
  if (info.isCharacterDevice()) return undefined;
  const key = claimFile(info, writer);
  if (info.isFile()) noteWritten(fs().readlinkSync(`/proc/self/fd/${fd}`), info);
  return key;
}

/** Gives a claimed file back. */
export function releaseFile(key: string | undefined): void {
  if (key !== undefined) claimed.delete(key);
}

/** Whether the file is standard output or standard error. */
export function isStandardStream(file: Pick<FileIdentity, "dev" | "ino">): boolean {
  return STANDARD_STREAMS.some((fd) => {
    try {
      const { dev, ino } = fs().fstatSync(fd, { bigint: true });
      return dev === file.dev && ino === file.ino;
    } catch {
      return false;
    }
  });
}
