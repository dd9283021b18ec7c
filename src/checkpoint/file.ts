/** @module Opens a checkpoint's file: made when it is not there, locked, and trusted only when nobody else can write it. */

import * as fs from "node:fs";
import { dirname } from "node:path";
import { codeOrText, errorMessage, isShortage } from "../os/caught.ts";
import { CreatedPath } from "../os/created-path.ts";
import { TetradError } from "../os/error.ts";
import { tryLock } from "../os/file-lock.ts";
import { growFile, mapFile, remapFile, reserveFile } from "../os/mapped-file.ts";
import { claimFile, isStandardStream, noteWritten, releaseFile } from "../os/written-files.ts";
import {
  CHECKPOINT_BYTES,
  checkpointBytes,
  FIRST_SLOT_COUNT,
  isSlotCount,
  LAYOUT_VERSION,
  MAGIC,
  SLOT_COUNT_WORD,
  VERSION_WORD,
} from "./layout.ts";

const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

/** An open checkpoint file. The lock lasts as long as `fd` is open. */
export interface CheckpointFile {
  readonly fd: number;
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Lets others write to the file. */
  readonly release: () => void;
  /** Removes the file where it was made just now. To be called once `fd` is closed. */
  readonly undo: () => void;
}

/**
 * Opens, locks and maps the checkpoint at `path`; makes it, and its directory, when it is missing.
 * @param user Number of the user that the agent will change to: trusted like its own.
 * @throws TetradError `config` when the file cannot be used; `failed` when another agent holds it.
 */
export function openCheckpointFile(path: string, user?: number): CheckpointFile {
  const { fd, created } = openOwnFile(path, user);
  if (!tryLock(fd)) {
    fs.closeSync(fd);
    throw new TetradError("failed", `${cannotUse(path)}: another process holds it, needs a file of its own`);
  }
  let claim: string | undefined;
  try {
    claim = claimCheckpoint(fd, path);
    prepare(fd, path);
    const release = () => releaseFile(claim);
    return { fd, memory: mapSlots(fd), release, undo: () => created.undo() };
  } catch (error) {
    releaseFile(claim);
    fs.closeSync(fd);
    created.undo();
    throw asTetradError(path, error);
  }
}

/** Keeps the log and the exporters from the file, and sources from reading it. */
function claimCheckpoint(fd: number, path: string): string {
  const file = fs.fstatSync(fd, { bigint: true });
  const refuse = (found: string) =>
    new TetradError("config", `${cannotUse(path)}: ${found}, needs a file of its own`);
  if (isStandardStream(file)) throw refuse("it is standard output or standard error of this agent");
  noteWritten(fs.realpathSync(path), file);
  try {
    return claimFile(file, "--checkpoint-file");
  } catch (error) {
    throw refuse(errorMessage(error));
  }
}

/** Opens the file and refuses one that a user other than ours, or root, can have written. */
function openOwnFile(path: string, user?: number): { fd: number; created: CreatedPath } {
  let fd: number;
  let created: CreatedPath | undefined;
  try {
    created = new CreatedPath(path, 0o700);
    checkDirectory(path, fs.statSync(dirname(path)), user);
    fd = fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    created?.undo();
    throw asTetradError(path, error);
  }
  try {
    checkFile(path, fs.fstatSync(fd), user);
    return { fd, created };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** @param user Whom the agent will change to: its own, too. */
function isForeign(stat: fs.Stats, user: number | undefined): boolean {
  return stat.uid !== 0 && stat.uid !== process.geteuid?.() && stat.uid !== user;
}

function checkDirectory(path: string, stat: fs.Stats, user?: number): void {
  const byGroup = (stat.mode & WRITABLE_BY_GROUP) !== 0 && stat.gid !== process.getegid?.();
  const byOthers = (stat.mode & WRITABLE_BY_OTHERS) !== 0;
  if (isForeign(stat, user)) throw untrusted(path, `directory belongs to user ${stat.uid}`);
  if ((byGroup || byOthers) && (stat.mode & STICKY) === 0) {
    throw untrusted(path, "directory is writable by other users");
  }
}

function checkFile(path: string, stat: fs.Stats, user?: number): void {
  if (!stat.isFile()) throw new TetradError("config", `${cannotUse(path)}: not a regular file, needs one`);
  if (isForeign(stat, user)) throw untrusted(path, `file belongs to user ${stat.uid}`);
  if ((stat.mode & (WRITABLE_BY_GROUP | WRITABLE_BY_OTHERS)) !== 0) {
    throw untrusted(path, "file is writable by other users");
  }
}

/** Checks the header of a complete file; makes a new one, or one whose making was cut short, complete. */
function prepare(fd: number, path: string): void {
  const { size } = fs.fstatSync(fd);
  const header = new Uint8Array(Math.min(size, 16));
  fs.readSync(fd, header, 0, header.length, 0);
  const magic = header.subarray(0, MAGIC.length);
  if (size <= CHECKPOINT_BYTES && magic.every((byte) => byte === 0)) {
    create(fd);
    return;
  }
  if (magic.length < MAGIC.length || !magic.every((byte, i) => byte === MAGIC[i])) {
    throw new TetradError(
      "config",
      `${cannotUse(path)}: not a checkpoint, needs a new file or one of tetrad`,
    );
  }
  const words = new Int32Array(header.buffer);
  if (words[VERSION_WORD] !== LAYOUT_VERSION) {
    const found = `layout version ${words[VERSION_WORD]}, needs ${LAYOUT_VERSION}`;
    throw new TetradError("config", `${cannotUse(path)}: ${found}`);
  }
  const slots = words[SLOT_COUNT_WORD]!;
  const needed = isSlotCount(slots) ? checkpointBytes(slots) : CHECKPOINT_BYTES;
  // It is longer where a run was killed before it could use the room that it had just made.
  if (size < needed || !isSlotCount(slots)) {
    throw new TetradError("config", `${cannotUse(path)}: ${size} bytes, needs ${needed}`);
  }
}

/** The magic goes last: a file without it was not finished, and holds nothing. */
function create(fd: number): void {
  reserveFile(fd, CHECKPOINT_BYTES);
  const header = new Int32Array(8);
  header[VERSION_WORD] = LAYOUT_VERSION;
  header[SLOT_COUNT_WORD] = FIRST_SLOT_COUNT;
  fs.writeSync(
    fd,
    new Uint8Array(header.buffer),
    MAGIC.length,
    header.byteLength - MAGIC.length,
    MAGIC.length,
  );
  fs.writeSync(fd, MAGIC, 0, MAGIC.length, 0);
}

/**
 * Makes a file that was cut short whole again.
 * @param contents What is to be in it: a checkpoint.
 * @param mappings Those of the file, which show it again.
 * @throws The system's error, such as `ENOSPC`.
 */
export function restoreCheckpointFile(
  fd: number,
  contents: Uint8Array,
  mappings: readonly Uint8Array[],
): void {
  reserveFile(fd, contents.length);
  // The magic goes last, as in a new file.
  for (let at = MAGIC.length; at < contents.length; )
    at += fs.writeSync(fd, contents, at, contents.length - at, at);
  fs.writeSync(fd, contents, 0, MAGIC.length, 0);
  for (const memory of mappings) remapFile(fd, memory);
}

/** Maps as much of the file as is in use. */
function mapSlots(fd: number): Uint8Array<ArrayBuffer> {
  const memory = mapFile(fd);
  const slots = new Int32Array(memory.buffer, memory.byteOffset, SLOT_COUNT_WORD + 1)[SLOT_COUNT_WORD]!;
  return memory.subarray(0, checkpointBytes(slots));
}

/**
 * Makes room for `slots` slots. A kill at any moment leaves a whole checkpoint, of the old or the new size.
 * @returns The file, mapped anew. The old mapping shows the same bytes.
 * @throws The system's error, such as `ENOSPC`; then nothing has changed.
 */
export function extendCheckpointFile(fd: number, slots: number): Uint8Array<ArrayBuffer> {
  growFile(fd, checkpointBytes(slots));
  const memory = mapFile(fd);
  const words = new Int32Array(memory.buffer, memory.byteOffset, SLOT_COUNT_WORD + 1);
  Atomics.store(words, SLOT_COUNT_WORD, slots);
  return memory.subarray(0, checkpointBytes(slots));
}

/** How each message about the checkpoint at `path` begins. */
export function cannotUse(path: string): string {
  return `Cannot use --checkpoint-file "${path}"`;
}

function untrusted(path: string, found: string): TetradError {
  return new TetradError("config", `${cannotUse(path)}: ${found}, needs to be writable by its owner only`);
}

function asTetradError(path: string, error: unknown): TetradError {
  if (error instanceof TetradError) return error;
  const code = codeOrText(error);
  if (isShortage(error))
    return new TetradError("failed", `${cannotUse(path)}: ${errorMessage(error)}`, { cause: error });
  const found = code === "ELOOP" ? "a symbolic link" : code;
  return new TetradError("config", `${cannotUse(path)}: ${found}, needs a file that can be written`, {
    cause: error,
  });
}
