/** @module In which order files are read that hold one stream after the other. */
import { basename, dirname } from "node:path";
import { parseRotatedName } from "../../lib/text/rotated-name.ts";
import type { ArchiveFile } from "./archive-file.ts";
import type { FollowedFile } from "./followed-file.ts";

type AnyFile = FollowedFile | ArchiveFile;

/**
 * Those of one directory are read one after the other, oldest first: rotated ones before the live one.
 * @param realPathOf Gives the path past all links.
 */
export function putInOrder(files: AnyFile[], realPathOf: (path: string) => string): void {
  const last = new Map<string, AnyFile>();
  const lastOf = new Map<string, AnyFile>();
  for (const file of files.sort(byAge)) {
    const path = realPathOf(file.path);
    const directory = dirname(path);
    file.after = last.get(directory);
    last.set(directory, file);
    const names = [
      path,
      ...parseRotatedName(basename(path)).map(({ original }) => `${directory}/${original}`),
    ];
    const before = names.map((name) => lastOf.get(name)).find(Boolean);
    if (before !== undefined && "predecessor" in file) {
      file.predecessor = before;
      if ("hasSuccessor" in before) before.hasSuccessor = true;
    }
    for (const name of names) lastOf.set(name, file);
  }
}

/** Gives the unfinished container log lines of one file to the next one of the same stream. */
export function handOver(from: AnyFile, to: FollowedFile): void {
  to.predecessor = undefined;
  to.cursor.joiner ??= from.cursor.joiner;
  from.cursor.joiner = undefined;
}

function byAge(a: AnyFile, b: AnyFile): number {
  if (a.mtimeNs !== b.mtimeNs) return a.mtimeNs < b.mtimeNs ? -1 : 1;
  // Times of files are coarser than rotations can be.
  if ((a.rotatedFrom === undefined) !== (b.rotatedFrom === undefined))
    return a.rotatedFrom === undefined ? 1 : -1;
  return a.path < b.path ? -1 : 1;
}
