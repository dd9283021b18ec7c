/** @module Keeps a checkpoint whose file somebody else cuts short. */
import * as fs from "node:fs";
import { releaseFile } from "../os/mapped-file.ts";
import { restoreCheckpointFile } from "./file.ts";
import { HEADER_BYTES, slotOffset } from "./layout.ts";

/** The mappings of the file, and what shows them. */
export class FileKeeper {
  readonly #mappings: Uint8Array[];

  constructor(mapped: Uint8Array) {
    this.#mappings = [mapped];
  }

  /** Another mapping of the same file, which has grown. */
  add(mapped: Uint8Array): void {
    this.#mappings.push(mapped);
  }

  /**
   * Makes the file as `memory` says, unless it is.
   * @returns Whether it had been cut short.
   * @throws The system's error when it cannot be written.
   */
  keep(fd: number, memory: Uint8Array): boolean {
    // Where it is shorter, to read the mapping would be SIGBUS, or rather zeros.
    if (fs.fstatSync(fd).size >= memory.length && this.#shows(memory)) return false;
    restoreCheckpointFile(fd, memory, this.#mappings);
    return true;
  }

  /** The mappings are left to their fate. */
  release(): void {
    for (const mapped of this.#mappings.splice(0)) releaseFile(mapped);
  }

  /** Datagrams in flight are in the file alone. */
  #shows(memory: Uint8Array): boolean {
    const mapped = this.#mappings.at(-1)!;
    const isSame = (start: number, end: number) =>
      Buffer.compare(mapped.subarray(start, end), memory.subarray(start, end)) === 0;
    return isSame(0, HEADER_BYTES) && isSame(slotOffset(0), memory.length);
  }
}
