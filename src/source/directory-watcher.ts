/** @module Notices changes in directories (inotify), so that nobody has to look all the time. */

import * as fs from "node:fs";
import type { ConsolaInstance } from "consola";
import { codeOrText } from "../os/caught.ts";
import { statOf } from "./stat.ts";

/** Called for a change of the entry at `path`: its contents, or that it came or went. */
export type ChangeListener = (path: string) => void;

interface Watch {
  /** Inode and time of birth: the numbers of deleted inodes are used again. */
  readonly identity: string;
  readonly watcher: fs.FSWatcher;
}

/** Watches a set of directories. A hint only: whoever listens must also look by itself now and then. */
export class DirectoryWatcher implements Disposable {
  readonly #listener: ChangeListener;
  readonly #log: ConsolaInstance;
  readonly #watches = new Map<string, Watch>();
  #hasFailed = false;

  constructor(listener: ChangeListener, log: ConsolaInstance) {
    this.#listener = listener;
    this.#log = log;
  }

  /** Watches exactly these directories from now on. Those that do not exist are tried again at the next call. */
  watch(directories: ReadonlySet<string>): void {
    for (const directory of this.#watches.keys()) {
      if (!directories.has(directory)) this.#unwatch(directory);
    }
    for (const directory of directories) this.#refresh(directory);
  }

  [Symbol.dispose](): void {
    for (const directory of [...this.#watches.keys()]) this.#unwatch(directory);
  }

  /** A directory that was deleted and made again is another one: the old watch is deaf. */
  #refresh(directory: string): void {
    const stat = statOf(directory);
    const identity = stat && `${stat.ino}:${stat.birthtimeNs}`;
    const watch = this.#watches.get(directory);
    if (watch !== undefined && watch.identity === identity) return;
    if (watch !== undefined) this.#unwatch(directory);
    if (identity !== undefined) this.#open(directory, identity);
  }

  #open(directory: string, identity: string): void {
    try {
      const watcher = fs.watch(directory, (_type, name) => {
        if (typeof name === "string") this.#listener(`${directory === "/" ? "" : directory}/${name}`);
      });
      watcher.on("error", () => this.#unwatch(directory));
      this.#watches.set(directory, { identity, watcher });
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const code = codeOrText(error);
      this.#log.warn("Cannot watch directory: changes are found by polling", {
        path: directory,
        error: code,
      });
    }
  }

  #unwatch(directory: string): void {
    this.#watches.get(directory)?.watcher.close();
    this.#watches.delete(directory);
  }
}
