/** @module Keeps the number of open files within its limit. */
import type { FollowedFile } from "./followed-file.ts";

/** Opens files, and closes others for them: those first that were read to their end, and longest ago. */
export class OpenFiles {
  readonly #limit: number;
  /** Those that were opened, the one that was used longest ago first. Some may have been closed since. */
  readonly #open = new Set<FollowedFile>();

  /** @param limit Files without a name are beyond it: closed, they could not be opened again. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Opens the file if it is not open.
   * @returns Whether its name still leads to it.
   * @throws The system's error.
   */
  open(file: FollowedFile): boolean {
    this.#open.delete(file);
    if (!file.isOpen) {
      this.#makeRoom();
      if (!file.open()) return false;
    }
    this.#open.add(file);
    return true;
  }

  #makeRoom(): void {
    let count = 0;
    let oldest: FollowedFile | undefined;
    for (const file of this.#open) {
      if (!file.isOpen) this.#open.delete(file);
      else if (!file.isGone) {
        count++;
        if (oldest === undefined || (oldest.hasMore && !file.hasMore)) oldest = file;
      }
    }
    if (count >= this.#limit) oldest?.close();
  }
}
