/** @module Opens the export file. */

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { tryLock } from "../../os/file-lock.ts";
import { distrustFile, resolveTrusted, untrusted } from "../../os/trusted-path.ts";
import { claimFile, isStandardStream, noteWritten, releaseFile } from "../../os/written-files.ts";
import { type Repair, repairEnd } from "./repair.ts";

/** Permissions and owner of a file. */
export interface FileAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Owner to give a new file to; absent: the agent's own user and group. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Whom the agent will change to: trusted like its own user. */
  readonly user?: number | undefined;
}

/** An open export file, which ends in a whole line or is empty. Whoever closes it releases its identity, too. */
export interface OpenFile extends Repair {
  readonly handle: FileHandle;
  /** Device and inode: which file it is, whatever its name has become. */
  readonly identity: string;
}

/** A regular file, or one that is yet to be made. */
export interface FilePlace {
  readonly kind: "file";
  /** Has no symbolic links in it. */
  readonly path: string;
  /** Whether everybody may write to its directory. */
  readonly isExposed: boolean;
}

/** What {@link locate} has found. */
export type Place =
  | FilePlace
  /** A FIFO, a terminal, `/dev/null`. */
  | { readonly kind: "stream"; readonly path: string; readonly isFifo: boolean }
  /** A descriptor of our own: `/dev/stdout`. */
  | { readonly kind: "descriptor"; readonly fd: number };

/**
 * Where a path leads, if nobody but root, the agent's user and `user` can make it lead elsewhere.
 * @throws Error when it cannot be trusted, or is no place to write to.
 */
export async function locate(path: string, user?: number): Promise<Place> {
  const found = resolveTrusted(path, user);
  if ("refused" in found) throw untrusted(found.refused);
  if ("descriptor" in found) return { kind: "descriptor", fd: found.descriptor };
  const info = await orMissing(stat(found.path));
  if (info === undefined || info.isFile()) return { kind: "file", ...found };
  if (info.isDirectory()) throw new Error("EISDIR: it is a directory");
  if (!info.isFIFO() && !info.isCharacterDevice()) throw new Error("it is not a file, a FIFO or a terminal");
  const refused = distrustFile(info, { ...found, user });
  if (refused !== undefined) throw untrusted(refused);
  return { kind: "stream", path: found.path, isFifo: info.isFIFO() };
}

/**
 * Opens the file for appending and repairs its end. A file that is missing is made, with its directories (0755), and has exactly the given permissions,
 * whatever the umask; one that is there loses those that are not given.
 * @param path Has no symbolic links: {@link locate} has followed them.
 * @throws Error when that cannot be done, when it is no regular file, when others may write it, or another exporter or
 * process writes it.
 */
export async function openForAppend(
  { path, isExposed }: FilePlace,
  { mode, owner, user }: FileAttributes,
): Promise<OpenFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const isNew = (await identify(path)) === undefined;
  // O_NONBLOCK: opening a FIFO that nobody reads must fail, not wait. It means nothing for a regular file.
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, mode);
  let identity: string | undefined;
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new Error("it is not a regular file");
    const wanted = isNew ? mode : info.mode & mode;
    const canChange = [0, info.uid].includes(process.geteuid!());
    const refused = distrustFile(info, { path, isExposed, user, mode: canChange ? wanted : info.mode });
    if (refused !== undefined) throw untrusted(refused);
    const file = await handle.stat({ bigint: true });
    // Before anything is done to the file.
    if (isStandardStream(file)) throw new Error("it is standard output or standard error of this agent");
    identity = claimFile(file, "another exporter");
    if (!isLockedNow(handle.fd)) throw new TetradError("failed", "another process exports to it");
    noteWritten(path, file);
    if (isNew || (info.mode & 0o777) !== wanted) await handle.chmod(wanted & 0o777).catch(ignoreMissingRight);
    // Whom the agent will change to has to open and compress what is made now.
    const { uid, gid } = owner ?? { uid: user, gid: info.gid };
    // A second name would be that of a file which was there: somebody else's, put here just now.
    if (isNew && info.nlink === 1 && uid !== undefined)
      await handle.chown(uid, gid).catch(ignoreMissingRight);
    const repair = await repairEnd(handle, info.size);
    return { handle, identity, ...repair };
  } catch (error) {
    releaseFile(identity);
    await handle.close();
    throw error;
  }
}

/** What is found, or `undefined` where there is nothing. */
async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Which file the path leads to; `undefined` when there is none. */
export async function identify(path: string): Promise<string | undefined> {
  const info = await orMissing(stat(path, { bigint: true }));
  return info && `${info.dev}:${info.ino}`;
}

/**
 * Takes the lock of an export file: what two processes write and rotate, each spoils for the other. The kernel gives it
 * back when the file is closed, however the process ends. A file system without locks has none to ask.
 */
function isLockedNow(fd: number): boolean {
  try {
    return tryLock(fd);
  } catch (error) {
    if (error instanceof TetradError && error.code === "unsupported") return true;
    throw error;
  }
}

/** Only root may give a file away; the file then belongs to the agent's user. */
export function ignoreMissingRight(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPERM") throw error;
}
