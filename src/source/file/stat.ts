/** @module stat(2) where a missing file is nothing special. */
import * as fs from "node:fs";

/** The file that `path` leads to, symbolic links followed; `undefined` when it leads to none that we may look at. */
export function statOf(path: string): fs.BigIntStats | undefined {
  try {
    return fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** One string for one inode. */
export function inodeKey(stat: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stat.dev}:${stat.ino}`;
}
