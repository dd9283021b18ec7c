/** @module Keeps a checkpoint whose file somebody else cuts short. */
import * as fs from "node:fs";
import { releaseFile } from "../os/mapped-file.ts";
import { hasMagic, restoreCheckpointFile } from "./file.ts";

/** Holds a copy of the file, and what shows it. */
export class FileKeeper {
  readonly #mappings: Uint8Array[] = [];
  #copy = new Uint8Array();
  /** What was the copy before: takes the next one. */
  #spare = new Uint8Array();

  constructor(memory: Uint8Array) {
    this.add(memory);
  }

  /** Another mapping of the same file, which has grown. */
  add(memory: Uint8Array): void {
    this.#mappings.push(memory);
  }

  /**
   * Copies the file, or makes it as the copy says.
   * @param memory All of the file that is in use.
   * @returns Whether it had been cut short.
   * @throws The system's error when it cannot be written.
   */
  keep(fd: number, memory: Uint8Array): boolean {
    // Where it is shorter, to read the memory would be SIGBUS, or rather zeros.
    if (fs.fstatSync(fd).size >= memory.length && this.#takeCopy(memory)) return false;
    if (this.#copy.length > 0) restoreCheckpointFile(fd, this.#copy, this.#mappings);
    return true;
  }

  /** Copies a part that has just changed: what may not be a second old. */
  note(memory: Uint8Array, start: number, length: number): void {
    if (this.#copy.length === memory.length) this.#copy.set(memory.subarray(start, start + length), start);
  }

  /** The mappings are left to their fate. */
  release(): void {
    for (const memory of this.#mappings.splice(0)) releaseFile(memory);
  }

  #takeCopy(memory: Uint8Array): boolean {
    const copy = this.#spare.length === memory.length ? this.#spare : new Uint8Array(memory.length);
    copy.set(memory);
    // Cut short just now.
    if (!hasMagic(copy)) return false;
    this.#spare = this.#copy;
    this.#copy = copy;
    return true;
  }
}
