/** @module Tries to open and read files, and keeps account of those that could not be read. */
import type { ConsolaInstance } from "consola";
import { codeOrText, isMissing } from "../../os/caught.ts";
import type { Counters } from "../../telemetry/counters.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { ArchiveFile } from "./archive-file.ts";
import type { FollowedFile } from "./followed-file.ts";
import type { OpenFiles } from "./open-files.ts";
import type { FileSourceSettings } from "./settings.ts";

/** Attempts at the files of one glob. None throws. */
export class Attempts {
  readonly #open: OpenFiles;
  readonly #log: ConsolaInstance;
  readonly #exitAtEnd: boolean;
  readonly #counters: Counters;
  readonly #look: () => void;
  readonly #throttle = new Throttle();
  readonly #directoryThrottle = new Throttle(60_000);
  #hasFailed = false;

  /** @param look Looks which names files have, and lets those go that have none and are not open. */
  constructor(
    open: OpenFiles,
    { log, exitAtEnd, counters }: Pick<FileSourceSettings, "log" | "exitAtEnd" | "counters">,
    look: () => void,
  ) {
    this.#open = open;
    this.#look = look;
    this.#log = log;
    // What cannot be read then is not tried again.
    this.#exitAtEnd = exitAtEnd;
    this.#counters = counters;
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
      if (!this.#reach(file)) {
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

  /**
   * Opens the file. Where its name has just gone, or leads to another: the next look sorts that out, or one at once where none
   * comes any more.
   */
  #reach(file: FollowedFile): boolean {
    try {
      if (this.#open.open(file)) return true;
      if (!this.#exitAtEnd) return false;
    } catch (error) {
      if (!this.#exitAtEnd || !isMissing(error)) throw error;
    }
    this.#look();
    return !file.isGone && this.#open.open(file);
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

  /** Takes note that the file holds no text: it is not read. */
  refuse(file: FollowedFile, format: string): void {
    file.hasMore = false;
    file.isDrained = true;
    if (file.refusedAs === format) return;
    file.refusedAs = format;
    this.#hasFailed = true;
    this.#counters.files_refused++;
    this.#log.warn("File is not read: it holds no text that can be read", { path: file.path, found: format });
  }

  /** Says that what stood at `path` is gone, with what was not read of it. */
  noteMissed(path: string): void {
    this.#hasFailed = true;
    this.#counters.files_missed++;
    this.#log.warn("A file was rotated away and deleted, or truncated, before all of it was read", { path });
  }

  /** Says that a directory could not be read, so that files may be missing. */
  warnDirectory(path: string, error: string): void {
    this.#hasFailed = true;
    const repeated = this.#directoryThrottle.pass();
    if (repeated === undefined) return;
    this.#log.warn("Cannot read directory: files in it may not be found", { path, error, ...repeated });
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
