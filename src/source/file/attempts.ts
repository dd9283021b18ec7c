/** @module Tries to open and read files, and keeps account of those that could not be read. */
import type { ConsolaInstance } from "consola";
import { codeOrText, isMissing } from "../../os/caught.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { ArchiveFile } from "./archive-file.ts";
import type { FollowedFile } from "./followed-file.ts";
import type { OpenFiles } from "./open-files.ts";

/** Attempts at the files of one glob. None throws. */
export class Attempts {
  readonly #open: OpenFiles;
  readonly #log: ConsolaInstance;
  readonly #exitAtEnd: boolean;
  readonly #throttle = new Throttle();
  #hasFailed = false;

  /** @param exitAtEnd Whether what cannot be read now is not tried again. */
  constructor(open: OpenFiles, log: ConsolaInstance, exitAtEnd: boolean) {
    this.#open = open;
    this.#log = log;
    this.#exitAtEnd = exitAtEnd;
  }

  /** Whether a file, or the rest of one, could not be read at some time. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Opens the file while the right to is there. Whoever reads it tries again, and says what is wrong. */
  openEarly(file: FollowedFile): void {
    try {
      this.#open.open(file);
    } catch {
      // See above.
    }
  }

  /** Opens the file and does something with it. @returns Whether both went well. */
  attempt(file: FollowedFile, action: () => unknown = () => undefined): boolean {
    try {
      if (!this.#open.open(file)) {
        // Its name has just gone to another file: the next look sorts that out, where one comes.
        this.#noteUnread(file);
        file.isDrained = true;
        return false;
      }
      // What could not be read before has to be read now.
      if (file.hasFailed) file.hasMore = true;
      file.hasFailed = false;
      action();
      return true;
    } catch (error) {
      this.fail(file, error);
      return false;
    }
  }

  /** Looks into a compressed file. @returns Whether it can be read. */
  probe(archive: ArchiveFile): boolean {
    try {
      archive.probe();
      return true;
    } catch (error) {
      this.#hasFailed = true;
      this.#warn(archive.path, error);
      return false;
    }
  }

  /** Takes note that reading the file has failed. */
  fail(file: FollowedFile, error: unknown): void {
    this.#noteUnread(file);
    file.hasFailed = true;
    file.hasMore = false;
    file.isDrained = true;
    if (!isMissing(error) || this.#exitAtEnd) this.#warn(file.path, error);
  }

  /** A file cannot be read now. Whoever ends at the end does not try again. */
  #noteUnread(file: FollowedFile): void {
    if (!file.isDrained) this.#hasFailed = true;
  }

  #warn(path: string, error: unknown): void {
    const repeated = this.#throttle.pass();
    if (repeated === undefined) return;
    const code = codeOrText(error);
    this.#log.warn(this.#exitAtEnd ? "Cannot read file" : "Cannot read file: trying again", {
      path,
      error: code,
      ...repeated,
    });
  }
}
