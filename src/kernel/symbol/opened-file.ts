/** @module A file that probes are put into: opened so that nothing can wait or go wrong, and known again later. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { TetradError } from "../../os/error.ts";

/** What tells a file from every other, and from what it was before somebody wrote to it. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds. */
  readonly changedAt: bigint;
}

/** A regular file that is open for reading. Idempotent to dispose of. */
export class OpenedFile implements Disposable {
  readonly descriptor: number;
  readonly identity: FileIdentity;
  #isOpen = true;

  /** @throws SyntaxError when it is no regular file; the system's error when it cannot be opened. */
  constructor(path: string) {
    // Whoever the file belongs to may have put a pipe or a terminal in its place.
    this.descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const { dev, ino, size, ctimeNs, ...status } = fstatSync(this.descriptor, { bigint: true });
      if ((status.mode & BigInt(constants.S_IFMT)) !== BigInt(constants.S_IFREG))
        throw new SyntaxError("Cannot read file: expected a regular file");
      this.identity = { device: dev, inode: ino, size, changedAt: ctimeNs };
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The same file once more. @throws TetradError `unsupported` when there is another one by now, or it was written to. */
  static again(path: string, identity: FileIdentity): OpenedFile {
    let file: OpenedFile;
    try {
      file = new OpenedFile(path);
    } catch (cause) {
      throw new TetradError("unsupported", `Cannot open "${path}" again`, { cause });
    }
    if (isSameFile(file.identity, identity)) return file;
    file[Symbol.dispose]();
    throw new TetradError("unsupported", `Cannot put probes into "${path}": the file is being changed`);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.descriptor);
  }
}

/** Whether it is the same file, with nothing written to it in between. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return (
    one.device === other.device &&
    one.inode === other.inode &&
    one.size === other.size &&
    one.changedAt === other.changedAt
  );
}
