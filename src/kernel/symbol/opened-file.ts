/** @module A file that probes are put into: opened so that nothing can wait or go wrong, and known again later. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { openInRoot, openProcessRoot } from "../../os/contained-file.ts";
import { TetradError } from "../../os/error.ts";

/** What tells a file from every other, and from what it was before somebody wrote to it. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds. */
  readonly changedAt: bigint;
}

/** Where a process has its root directory. */
export interface ProcessRoot {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly pid: number;
}

/** Stands for all mounts of layers: a file of a layer below has the same number in each. */
const LAYERED = 0n;

/** A regular file that is open for reading. Idempotent to dispose of. */
export class OpenedFile implements Disposable {
  readonly descriptor: number;
  readonly identity: FileIdentity;
  #isOpen = true;

  /**
   * @param file Its path, or what it is open as, which is this object's own from now on.
   * @throws SyntaxError when it is no regular file; the system's error when it cannot be opened.
   */
  constructor(file: string | number, { isLayered = false } = {}) {
    // Whoever the file belongs to may have put a pipe or a terminal in its place.
    this.descriptor =
      typeof file === "number"
        ? file
        : openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const { dev, ino, size, ctimeNs, ...status } = fstatSync(this.descriptor, { bigint: true });
      if ((status.mode & BigInt(constants.S_IFMT)) !== BigInt(constants.S_IFREG))
        throw new SyntaxError("Cannot read file: expected a regular file");
      this.identity = { device: isLayered ? LAYERED : dev, inode: ino, size, changedAt: ctimeNs };
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * A file that a process has below its root directory. Containers of one image have one file in common, whatever device each has it on.
   * @throws SyntaxError when it is no regular file, or not in the root's own file system; the system's error when it cannot be opened.
   */
  static inRoot({ procfs, pid }: ProcessRoot, path: string): OpenedFile {
    const root = openProcessRoot(procfs, pid);
    if (root === undefined)
      throw new SyntaxError("Cannot read file: the process's root is in no file system of this host's own");
    try {
      return new OpenedFile(openInRoot(root, path), { isLayered: root.type === "overlay" });
    } finally {
      closeSync(root.fd);
    }
  }

  /** The same file once more. @throws TetradError `unsupported` when there is another one by now, or it was written to. */
  static again(path: string, identity: FileIdentity, root?: ProcessRoot): OpenedFile {
    let file: OpenedFile;
    try {
      file = root === undefined ? new OpenedFile(path) : OpenedFile.inRoot(root, path);
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
