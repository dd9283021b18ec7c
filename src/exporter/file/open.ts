/** @module Opens the export file. */

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "../../os/caught.ts";
import { hold, release } from "../held-files.ts";
import { type Repair, repairEnd } from "./repair.ts";

/** Permissions and owner of a file. */
export interface FileAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Owner to give a new file to; absent: the agent's own user and group. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** An open export file, which ends in a whole line or is empty. Whoever closes it releases its identity, too. */
export interface OpenFile extends Repair {
  readonly handle: FileHandle;
  /** Device and inode: which file it is, whatever its name has become. */
  readonly identity: string;
}

/**
 * Opens the file for appending and repairs its end. A file that is missing is made, with its directories
 * (0755), and has exactly the given permissions, whatever the umask; one that is there keeps its own.
 * @throws Error when that cannot be done, when it is no regular file, or when another exporter has it open.
 */
export async function openForAppend(path: string, { mode, owner }: FileAttributes): Promise<OpenFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const isNew = (await identify(path)) === undefined;
  // O_NONBLOCK: opening a FIFO that nobody reads must fail, not wait. It means nothing for a regular file.
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  const handle = await open(path, flags, mode);
  let identity: string | undefined;
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new Error("it is not a regular file");
    // Before anything is done to the file.
    identity = hold(`${info.dev}:${info.ino}`);
    if (isNew) {
      await handle.chmod(mode);
      if (owner) await handle.chown(owner.uid, owner.gid).catch(ignoreMissingRight);
    }
    const repair = await repairEnd(handle, info.size);
    return { handle, identity, ...repair };
  } catch (error) {
    if (identity !== undefined) release(identity);
    await handle.close();
    throw error;
  }
}

/** Which file the path leads to; `undefined` when there is none. */
export async function identify(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Only root may give a file away; the file then belongs to the agent's user. */
export function ignoreMissingRight(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPERM") throw error;
}
