/**
 * @module The files that this process writes, known by device and inode: what their names are at the moment says nothing.
 * A source must not read them, and two who write must not share one.
 */
import * as fs from "node:fs";

/** What tells files apart: numbers of deleted inodes are used again, so the time of birth belongs to it. */
export type FileIdentity = Pick<fs.BigIntStats, "dev" | "ino" | "birthtimeNs">;

/** Files remembered at most: those that were rotated away longest ago are forgotten first. */
const MAX_FILES = 10_000;
const STANDARD_STREAMS = [1, 2];

const births = new Map<string, bigint>();
const paths = new Set<string>();
const claimed = new Set<string>();

function keyOf({ dev, ino }: FileIdentity): string {
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
      all.add(fs.readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // Closed, or there is no /proc.
    }
  }
  return all;
}

/** Takes a file that nobody else in this process is to write to, until {@link releaseFile}. */
export function claimFile(file: FileIdentity): void {
  claimed.add(keyOf(file));
}

/** Gives a claimed file back. */
export function releaseFile(file: FileIdentity): void {
  claimed.delete(keyOf(file));
}

/** Whether the file is claimed, or is standard output or standard error. */
export function isTaken(file: FileIdentity): boolean {
  return claimed.has(keyOf(file)) || isStandardStream(file);
}

function isStandardStream(file: FileIdentity): boolean {
  return STANDARD_STREAMS.some((fd) => {
    try {
      const { dev, ino } = fs.fstatSync(fd, { bigint: true });
      return dev === file.dev && ino === file.ino;
    } catch {
      return false;
    }
  });
}
