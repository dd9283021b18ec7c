/** @module User names, from `/etc/passwd`. */
import { readFileSync, statSync } from "node:fs";
import { parsePasswd } from "../../../os/user.ts";

/** Names by user id; reads the file again when it has changed. */
export class Usernames {
  readonly #path: string;
  #modified = -1;
  #names = new Map<number, string>();

  constructor(path = "/etc/passwd") {
    this.#path = path;
    this.refresh();
  }

  /**
   * Reads the file if it has changed. One that cannot be read leaves things as they are.
   * @returns Whether it was read.
   */
  refresh(): boolean {
    try {
      const { mtimeMs } = statSync(this.#path);
      if (mtimeMs === this.#modified) return false;
      const names = new Map<number, string>();
      for (const { name, uid } of parsePasswd(readFileSync(this.#path, "utf8"))) {
        // Of several names for one id the first is the one that getpwuid(3) gives.
        if (!names.has(uid)) names.set(uid, name);
      }
      this.#names = names;
      this.#modified = mtimeMs;
      return true;
    } catch {
      // Without the file there are no names; Tetragon leaves the member out too.
      return false;
    }
  }

  /** The name of a user, or `undefined` when the id has none. */
  get(uid: number): string | undefined {
    return this.#names.get(uid);
  }
}
