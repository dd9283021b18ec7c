/** @module Notices what changes in the directory of policies. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConsolaInstance } from "consola";
import { DirectoryWatcher } from "../../directory-watcher.ts";
import { PolicyReader, type PolicyText } from "./files.ts";

/** How long files have to stay as they are before they count, milliseconds: one half written is not taken. */
const SETTLE_MS = 100;
/** How soon somebody looks again where a file cannot be read, milliseconds. */
const AGAIN_MS = 1000;
/** How often somebody looks where no notice came, milliseconds: a link may lead to a file of a directory that is not watched. */
const LOOK_MS = 10_000;

/** A file whose text is another than before; `undefined` when it is gone. */
export interface ChangedFile {
  readonly path: string;
  readonly text: string | undefined;
}

/** What {@link PolicyDirectory} is given. */
export interface PolicyDirectorySettings {
  readonly path: string;
  /** Whether it may come later: until then there is nothing in it. */
  readonly mayBeMissing: boolean;
  /** What the files held when they were loaded. */
  readonly loaded: readonly PolicyText[];
  readonly log: ConsolaInstance;
  /** Takes what has changed, once it has stayed so for a moment. */
  readonly onChange: (changes: readonly ChangedFile[]) => void;
}

/** Watches a directory, and those directly in it, until disposed of. */
export class PolicyDirectory implements Disposable {
  readonly #settings: PolicyDirectorySettings;
  readonly #known = new Map<string, string>();
  readonly #reader = new PolicyReader();
  readonly #watcher: DirectoryWatcher;
  readonly #timer: ReturnType<typeof setInterval>;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** What the last look has shown, where it was not yet taken. */
  #seen: string | undefined;
  #hasWarned = false;
  /** Files that cannot be read, each with the reason, of which that was said. */
  #unreadable = new Set<string>();

  constructor(settings: PolicyDirectorySettings) {
    this.#settings = settings;
    this.#take(settings.loaded);
    this.#watcher = new DirectoryWatcher(() => this.#settle(), settings.log);
    this.#watch();
    this.#timer = setInterval(() => this.#lookNow(), LOOK_MS);
    this.#timer.unref();
    // What changed between the start and now nobody has noticed.
    this.#settle();
  }

  /** Looks soon, whether there was a notice or not. */
  look(): void {
    this.#settle();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#settling);
    clearTimeout(this.#again);
    this.#watcher[Symbol.dispose]();
  }

  #settle(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#lookNow();
    }, SETTLE_MS);
  }

  /** One that cannot be read now may be in a moment: nobody gives notice when it is no longer written, or given rights. */
  #lookAgain(files: readonly PolicyText[]): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    if (!files.some((file) => "error" in file)) return;
    this.#again = setTimeout(() => this.#lookNow(), AGAIN_MS);
    this.#again.unref();
  }

  #lookNow(): void {
    this.#watch();
    const files = this.#read();
    if (files === undefined) return;
    this.#warnOf(files);
    this.#lookAgain(files);
    const changes = this.#changes(files);
    if (changes.length === 0) {
      this.#seen = undefined;
      return;
    }
    const seen = JSON.stringify(changes);
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#settle();
      return;
    }
    this.#seen = undefined;
    this.#take(files);
    this.#settings.onChange(changes);
  }

  /** `undefined` when it cannot be read: then nobody knows what is to go. */
  #read(): PolicyText[] | undefined {
    const { path, mayBeMissing, log } = this.#settings;
    if (mayBeMissing && this.#known.size === 0 && !existsSync(path)) return [];
    const files = this.#reader.readDirectory(path);
    if (!("error" in files)) {
      this.#hasWarned = false;
      return files;
    }
    if (!this.#hasWarned)
      log.warn("Cannot read the directory of policies: they stay", { path, error: files.error });
    this.#hasWarned = true;
    return undefined;
  }

  /** Says of each file that cannot be read why, once. */
  #warnOf(files: readonly PolicyText[]): void {
    const unreadable = files.flatMap((file) =>
      "error" in file ? [`Cannot read policy "${file.path}": ${file.error}`] : [],
    );
    for (const each of unreadable) if (!this.#unreadable.has(each)) this.#settings.log.warn(each);
    this.#unreadable = new Set(unreadable);
  }

  /** A file that is there and cannot be read stays what it was. */
  #changes(files: readonly PolicyText[]): ChangedFile[] {
    const changed = files.flatMap((file) =>
      "error" in file || this.#known.get(file.path) === file.text
        ? []
        : [{ path: file.path, text: file.text }],
    );
    const present = new Set(files.map(({ path }) => path));
    const gone = [...this.#known.keys()].filter((path) => !present.has(path));
    return [...changed, ...gone.map((path) => ({ path, text: undefined }))];
  }

  #take(files: readonly PolicyText[]): void {
    const before = new Map(this.#known);
    this.#known.clear();
    for (const file of files) {
      const text = "error" in file ? before.get(file.path) : file.text;
      if (text !== undefined) this.#known.set(file.path, text);
    }
  }

  #watch(): void {
    const { path } = this.#settings;
    this.#watcher.watch(new Set([existing(path), ...subdirectories(path)]));
  }
}

/** It, or the directory in which it, or one that leads to it, will appear. */
function existing(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith("."))
      .map((name) => join(path, name))
      .filter((each) => statSync(each, { throwIfNoEntry: false })?.isDirectory() === true);
  } catch {
    return [];
  }
}
