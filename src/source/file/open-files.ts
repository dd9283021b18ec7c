/** @module Keeps the number of open files within its limit. */
import type { FollowedFile } from "./followed-file.ts";

/** Opens files, and closes others for them: those first that were read to their end, and longest ago. */
export class OpenFiles {
  readonly #files: ReadonlyMap<string, FollowedFile>;
  readonly #limit: number;

  /** @param limit Files without a name are beyond it: closed, they could not be opened again. */
  constructor(files: ReadonlyMap<string, FollowedFile>, limit: number) {
    this.#files = files;
    this.#limit = limit;
  }

  /**
   * Opens the file if it is not open.
   * @returns Whether its name still leads to it.
   * @throws The system's error.
   */
  open(file: FollowedFile): boolean {
    if (file.isOpen) return true;
    this.#makeRoom();
    return file.open();
  }

  #makeRoom(): void {
    const open = [...this.#files.values()].filter((file) => file.isOpen && !file.isGone);
    if (open.length < this.#limit) return;
    const best = open.reduce((a, b) => {
      if (a.hasMore !== b.hasMore) return a.hasMore ? b : a;
      return a.readAt <= b.readAt ? a : b;
    });
    best.close();
  }
}
