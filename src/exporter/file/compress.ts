/** @module Compresses a rotated file. */
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { noteWritten } from "../../os/written-files.ts";
import { COMPRESSED, INCOMPLETE } from "./backup-name.ts";
import { ignoreMissingRight } from "./open.ts";

/**
 * Replaces the file `path` by `path.gz`, with the same permissions and owner, in bounded memory and outside of
 * the event loop. The compressed file appears whole or not at all: it is written as `path.gz.tmp`.
 * @throws AbortError when `signal` aborts, Error when a file cannot be read or written; `path` then stays as it is.
 */
export async function compressFile(path: string, signal: AbortSignal): Promise<void> {
  const incomplete = path + INCOMPLETE;
  try {
    const { mode, uid, gid } = await stat(path);
    // Created for the owner alone: it takes its permissions when it has its owner.
    await using target = await open(incomplete, "wx", 0o600);
    noteWritten(incomplete, await target.stat({ bigint: true }));
    await target.chown(uid, gid).catch(ignoreMissingRight);
    await target.chmod(mode & 0o777);
    const input = createReadStream(path, { signal });
    await pipeline(
      input,
      createGzip(),
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) await writeAll(target, chunk);
      },
      { signal },
    );
    // Or a power loss after the rename could leave an empty file in its place.
    await target.sync();
    await rename(incomplete, path + COMPRESSED);
    await rm(path);
  } catch (error) {
    await rm(incomplete, { force: true });
    throw error;
  }
}

async function writeAll(target: FileHandle, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) {
    const { bytesWritten } = await target.write(rest);
    rest = rest.subarray(bytesWritten);
  }
}
