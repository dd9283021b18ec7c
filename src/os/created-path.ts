/** @module A file that is about to be made where there may be none yet, and that can be taken back. */
import { fs } from "./fs.ts";
import { dirname, resolve } from "./path.ts";
import { checkRelative } from "./working-directory.ts";

/** What making one file leaves behind: the file, and the directories that it needed. */
export class CreatedPath {
  readonly #path: string;
  readonly #wasThere: boolean;
  /** The topmost directory that was made. */
  readonly #directory: string | undefined;

  /**
   * Makes the directories that the file needs, and remembers what was there before. The file is for the caller to make.
   * @param mode Of each directory that is made.
   * @throws The system's error.
   */
  constructor(path: string, mode: number) {
    checkRelative(path);
    this.#path = resolve(path);
    this.#wasThere = fs().existsSync(this.#path);
    this.#directory = fs().mkdirSync(dirname(this.#path), { recursive: true, mode });
  }

  /** Removes the file and the directories, as far as they were not there before and hold nothing else. Never throws. */
  undo(): void {
    if (this.#wasThere) return;
    try {
      fs().rmSync(this.#path, { force: true });
      if (this.#directory === undefined) return;
      for (let at = dirname(this.#path); at.startsWith(this.#directory); at = dirname(at)) fs().rmdirSync(at);
    } catch {
      // Another program has put something there meanwhile: it stays.
    }
  }
}
