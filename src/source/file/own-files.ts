/** @module Files that must not be read because this agent writes them: each event would come back as another. */
import type * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseRotatedName } from "../../lib/text/rotated-name.ts";
import { isWritten, writtenPaths } from "../../os/written-files.ts";

/**
 * Whether this agent writes the file, or wrote it before it was rotated away, in an earlier run perhaps.
 * @param path Past all links.
 */
export function isOwnFile(stat: fs.BigIntStats, path: string): boolean {
  if (isWritten(stat)) return true;
  const own = writtenPaths();
  return parseRotatedName(basename(path)).some(({ original }) => own.has(join(dirname(path), original)));
}
