/**
 * @module Names of rotated files, as Tetragon's lumberjack gives them: `tetragon.log` becomes
 * `tetragon-2026-01-31T23-59-59.999.log`, in UTC, and with `.gz` at the end once it is compressed.
 * https://github.com/cilium/lumberjack
 */
import { basename } from "node:path";

/** Ends the name of a compressed backup. */
export const COMPRESSED = ".gz";
/** Ends the name of a backup that is being compressed. */
export const INCOMPLETE = ".gz.tmp";

const TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;

/** A rotated file. */
export interface Backup {
  /** Name in its directory. */
  readonly name: string;
  /** The name without `.gz` or `.gz.tmp`. */
  readonly plainName: string;
  /** When it was rotated: sorts as a string. */
  readonly time: string;
}

/** The part of a file's name before its last dot, and the part from there on. As in Go, `.log` is all extension. */
function splitName(path: string): [stem: string, extension: string] {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot === -1 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
}

/** Name, without directory, of the backup that `path` becomes at `time`. */
export function backupName(path: string, time: Date): string {
  const [stem, extension] = splitName(path);
  return `${stem}-${backupTime(time)}${extension}`;
}

/** The time in the name of a backup: sorts as a string. */
export function backupTime(time: Date): string {
  return time.toISOString().slice(0, -1).replaceAll(":", "-");
}

/** Reads the name of a file beside `path`; `undefined` when it is no backup of it. */
export function parseBackupName(path: string, name: string): Backup | undefined {
  const [stem, extension] = splitName(path);
  const ending = [INCOMPLETE, COMPRESSED].find((suffix) => name.endsWith(extension + suffix)) ?? "";
  const plainName = name.slice(0, name.length - ending.length);
  if (!plainName.startsWith(`${stem}-`) || !plainName.endsWith(extension)) return undefined;
  const time = plainName.slice(stem.length + 1, plainName.length - extension.length);
  return isTime(time) ? { name, plainName, time } : undefined;
}

function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const iso = `${text.slice(0, 11)}${text.slice(11).replaceAll("-", ":")}Z`;
  const date = new Date(iso);
  // `Date` takes February 30 for March 2.
  return !Number.isNaN(date.getTime()) && date.toISOString() === iso;
}
