/** @module stat(2) where a missing file is nothing special, and one that cannot be looked at is not missing. */
import * as fs from "node:fs";
import { isMissing } from "../os/caught.ts";

/** What a look at a path has shown: the file there, that there is none, or nothing: the look failed. */
export type Look = fs.BigIntStats | "missing" | "unknown";

/** Looks at the file that `path` leads to, symbolic links followed. */
export function lookAt(path: string): Look {
  try {
    return fs.statSync(path, { bigint: true, throwIfNoEntry: false }) ?? "missing";
  } catch (error) {
    return isMissing(error) ? "missing" : "unknown";
  }
}

/** The file that `path` leads to, symbolic links followed; `undefined` when it leads to none that we may look at. */
export function statOf(path: string): fs.BigIntStats | undefined {
  const look = lookAt(path);
  return typeof look === "string" ? undefined : look;
}

/** One string for one inode. */
export function inodeKey(stat: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stat.dev}:${stat.ino}`;
}
