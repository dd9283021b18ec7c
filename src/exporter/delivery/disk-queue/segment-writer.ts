/** @module Appends records to one segment, each by one write; one that finds no room leaves nothing behind. */
import { fs } from "../../../os/fs.ts";

/** Appends to an open file, which is the caller's. */
export class SegmentWriter {
  readonly fd: number;
  /** Bytes of whole records. */
  size: number;
  #isDirty = false;
  #sync: Promise<void> | undefined;

  constructor(fd: number, size = 0) {
    this.fd = fd;
    this.size = size;
  }

  /** @throws The system's error, such as `ENOSPC`; then the file ends with the record before. */
  append(bytes: Uint8Array): void {
    let written = 0;
    try {
      while (written < bytes.length) {
        const count = fs().writeSync(this.fd, bytes, written, bytes.length - written, this.size + written);
        if (count === 0) throw new Error("nothing was written");
        written += count;
      }
    } catch (error) {
      this.#cut();
      throw error;
    }
    this.size += bytes.length;
    this.#isDirty = true;
  }

  /**
   * Puts `bytes` in the place of all that follows the first `keep` bytes. A kill in between leaves old records behind the new one.
   * @throws The system's error.
   */
  replace(bytes: Uint8Array, keep: number): void {
    fs().writeSync(this.fd, bytes, 0, bytes.length, keep);
    this.size = keep + bytes.length;
    fs().ftruncateSync(this.fd, this.size);
    this.#isDirty = true;
  }

  /** Has what was written reach the disk, on another thread. Resolves also when it could not. */
  async sync(): Promise<void> {
    await this.#sync;
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sync = promise;
    fs().fdatasync(this.fd, () => resolve());
    await promise;
  }

  /** A short record at the end would hide those that follow, and takes room. */
  #cut(): void {
    try {
      fs().ftruncateSync(this.fd, this.size);
    } catch {
      // The next record is written over it; at the end of a file it counts as nothing.
    }
  }
}
