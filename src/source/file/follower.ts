/** @module Follows the files of one glob: meets them, reads them in turns, and lets them go. */

import type { ConsolaInstance } from "consola";
import { tick } from "../../lib/tick.ts";
import { foreignFormat } from "../foreign-format.ts";
import type { LineSplitter } from "../line-splitter.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { ArchiveReader } from "./archive-reader.ts";
import { Attempts } from "./attempts.ts";
import { Catalog, type Newcomers, type PipeListener } from "./catalog.ts";
import { FollowedFile } from "./followed-file.ts";
import { isGzip } from "./gzip-header.ts";
import { OpenFiles } from "./open-files.ts";
import { handOver, putInOrder } from "./order.ts";
import { Placement } from "./placement.ts";
import { PlainReader } from "./plain-reader.ts";
import { RoomWarning } from "./room-warning.ts";
import type { FileSourceSettings } from "./settings.ts";
import { StreamLedger } from "./stream-ledger.ts";

/** Looks at which a file without a name must not have grown before it is let go: when it has a successor, and when not. */
const QUIET_LOOKS = 3;
const QUIET_LOOKS_ALONE = 60;
/** Looks between two notes in the checkpoint that files are still there. */
const LOOKS_PER_TOUCH = 600;

/** The files of one glob and the turns they take. */
export class Follower implements AsyncDisposable {
  readonly #log: ConsolaInstance;
  readonly #signal: AbortSignal;
  readonly #catalog: Catalog;
  readonly #ledger: StreamLedger;
  readonly #placement: Placement;
  readonly #attempts: Attempts;
  readonly #reader: PlainReader;
  readonly #archives: ArchiveReader;
  readonly #room: RoomWarning;
  #found: Newcomers | undefined;
  #pipes: PipeListener | undefined;
  #looks = 0;

  constructor(settings: FileSourceSettings, signal: AbortSignal, createSplitter: () => LineSplitter) {
    const { glob, sink, log, checkpoint, maxOpenFiles } = settings;
    this.#log = log;
    this.#room = new RoomWarning(checkpoint, log);
    this.#signal = signal;
    this.#catalog = new Catalog(glob);
    this.#ledger = new StreamLedger(checkpoint, {
      homeOf: (path) => this.#catalog.homeOf(path),
      onMissed: (path) => this.#attempts.noteMissed(path),
    });
    this.#attempts = new Attempts(new OpenFiles(maxOpenFiles), settings, () => this.look());
    this.#placement = new Placement(settings, this.#ledger, (file, action) =>
      this.#attempts.attempt(file, action),
    );
    this.#reader = new PlainReader(createSplitter(), sink, (file) => {
      this.#ledger.extend(file.cursor.stream, file.head);
      this.#placement.noteHead(file);
    });
    this.#archives = new ArchiveReader(createSplitter(), sink, log);
  }

  /** Directories whose changes matter. */
  get directories(): ReadonlySet<string> {
    return this.#catalog.directories;
  }

  /** Whether nothing has been found yet. */
  get isEmpty(): boolean {
    return this.#catalog.files.size === 0 && this.#catalog.archives.size === 0;
  }

  /** Whether a file waits until it is known whether it is the copy of another. */
  get isWaiting(): boolean {
    return this.#catalog.files.values().some(({ patience }) => patience > 0);
  }

  /** Whether a file, or the rest of one, could not be read at some time. */
  get hasFailed(): boolean {
    return this.#attempts.hasFailed || this.#archives.hasFailed;
  }

  /** Opens the files that are there, and reads nothing of them. */
  open(): void {
    this.#found = this.#catalog.look();
    for (const file of this.#found.files) this.#attempts.openEarly(file);
  }

  /** Decides where to begin in the files that {@link open} found. @param pipes Hears of named pipes, now and later. */
  begin(pipes: PipeListener): void {
    this.#pipes = pipes;
    const found = this.#found!;
    this.#found = undefined;
    const { files, archives } = found;
    const readable = files.filter(
      (file) => this.#attempts.attempt(file, () => file.checkHead()) && this.#isText(file),
    );
    const hidden = files.flatMap((file) => this.#catalog.archives.get(file.key) ?? []);
    const decompressible = [...archives, ...hidden].filter((archive) => this.#attempts.probe(archive));
    this.#placement.placeAtStart(readable, decompressible);
    const all = [...readable, ...decompressible];
    for (const file of all) if (!file.isPlaced && file.rotatedFrom !== undefined) this.#catalog.ignore(file);
    putInOrder(
      all.filter((file) => file.isPlaced),
      (path) => this.#catalog.realPathOf(path),
    );
    this.#room.check();
    this.#note(found);
  }

  /** Notes that something changed at `path`. */
  noteChange(path: string): void {
    const file = this.#catalog.fileAt(path);
    if (file !== undefined) file.hasMore = true;
  }

  /** Looks which files there are. */
  look(): void {
    const found = this.#catalog.look();
    this.#note(found);
    for (const path of found.gaps) this.#attempts.noteMissed(path);
    for (const file of this.#catalog.files.values()) {
      // Nothing can be read of it any more: it was not open when its name went.
      if (!file.isGone || file.isOpen) continue;
      if (file.isCutShort) this.#attempts.noteMissed(file.path);
      this.#letGo(file, false);
    }
  }

  /** Meets a pipe anew at the next look: it could not be read. */
  forgetPipe(key: string): void {
    this.#catalog.forgetPipe(key);
  }

  #note({ pipes, pipesGone, own, failures }: Newcomers): void {
    for (const pipe of pipes) this.#pipes?.add(pipe);
    for (const key of pipesGone) this.#pipes?.remove(key);
    for (const path of own) this.#log.warn("File is not read: this agent writes it", { path });
    for (const [path, error] of failures) this.#attempts.warnDirectory(path, error);
  }

  /** What is done once in each poll interval: patience, retries, farewells. */
  async poll(): Promise<void> {
    this.look();
    for (const file of [...this.#catalog.files.values()]) {
      if (file.patience > 0) file.patience--;
      if (file.hasFailed) file.hasMore = true;
      if (file.isGone && !file.hasMore && this.#isQuiet(file)) await this.#retire(file);
    }
    for (const archive of this.#catalog.archives.values()) {
      archive.hasFailed = false;
      this.#placeArchive(archive);
    }
    this.#ledger.expire();
    this.#room.check();
    if (++this.#looks % LOOKS_PER_TOUCH === 0) {
      this.#ledger.touch([...this.#catalog.files.values()].map((file) => file.cursor.stream));
    }
  }

  /**
   * Gives each file that has something to read one turn.
   * @returns Whether anything was read.
   */
  async readAll(): Promise<boolean> {
    let wasRead = false;
    for (const file of this.#catalog.files.values()) {
      if (this.#signal.aborted) return wasRead;
      if (!file.isReady || !(await this.#turn(file))) continue;
      wasRead = true;
      await tick();
    }
    if (this.#signal.aborted || !(await this.#archives.turn(this.#catalog.archives.values()))) return wasRead;
    await tick();
    return true;
  }

  /** Hands on last lines without a newline: no file is expected to grow any more. */
  async finishAll(): Promise<void> {
    for (const file of this.#catalog.files.values()) {
      if (this.#attempts.attempt(file)) await this.#finish(file);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#archives.close();
    for (const file of this.#catalog.files.values()) file.close();
  }

  /** @returns Whether something may have been read. */
  async #turn(file: FollowedFile): Promise<boolean> {
    file.hasMore = false;
    if (!this.#attempts.attempt(file)) return false;
    try {
      if (!file.isPlaced && !this.#place(file)) return false;
      if (file.predecessor !== undefined) await this.#inherit(file, file.predecessor);
      const end = await this.#reader.turn(file);
      if (end === "truncated") {
        this.#restart(file);
        return true;
      }
      this.#ledger.mark(file.cursor.stream, file.mark);
      if (end === "more") file.hasMore = true;
      else file.isDrained = true;
      return true;
    } catch (error) {
      this.#attempts.fail(file, error);
      return false;
    }
  }

  /** Whether the file is to be read line by line. One that is gzip'd, whatever its name, is an archive from now on. */
  #isText(file: FollowedFile): boolean {
    if (isGzip(file.head)) {
      this.#catalog.turnIntoArchive(file);
      return false;
    }
    const format = foreignFormat(file.head);
    if (format !== undefined) this.#attempts.refuse(file, format);
    return format === undefined;
  }

  /** @returns Whether it is known where to begin. */
  #place(file: FollowedFile): boolean {
    file.checkHead();
    if (file.head.length === 0) {
      file.isDrained = true;
      return false;
    }
    if (!this.#isText(file)) return false;
    const placed = this.#placement.placeLater(file);
    if (placed === "later") file.hasMore = true;
    if (placed === "ignored") this.#catalog.ignore(file);
    return placed === "placed";
  }

  /** The file holds other text: what it held may have been copied before. */
  #restart(file: FollowedFile): void {
    const { stream, reached } = file.cursor;
    this.#log.info("File was truncated: reading from its beginning", { path: file.path });
    this.#ledger.depart({ stream, position: reached, isComplete: false }, file, "truncated");
    this.#placement.forget(file);
    file.restart();
    for (const other of this.#catalog.files.values()) if (other.original === file) other.patience = 0;
  }

  #isQuiet(file: FollowedFile): boolean {
    const isSucceeded = file.isReplaced || file.stat()?.nlink === 0n;
    return ++file.quietLooks >= (isSucceeded ? QUIET_LOOKS : QUIET_LOOKS_ALONE);
  }

  /** An unfinished container log line goes on in the file that came next, once that one has text. */
  async #inherit(file: FollowedFile, before: FollowedFile | ArchiveFile): Promise<void> {
    file.checkHead();
    if (file.head.length === 0) return;
    if (before instanceof FollowedFile && before.isPlaced && before.isOpen) {
      // Its writer may have gone on with it after its end was seen.
      while ((await this.#turn(before)) && before.hasMore && !this.#signal.aborted);
    }
    handOver(before, file);
  }

  async #retire(file: FollowedFile): Promise<void> {
    this.#leaveParts(file);
    await this.#finish(file);
    this.#letGo(file, true);
  }

  /** Leaves unfinished lines to the file that came next, even if that has no text yet. */
  #leaveParts(file: FollowedFile): void {
    if (file.cursor.joiner === undefined) return;
    for (const next of this.#catalog.files.values()) if (next.predecessor === file) handOver(file, next);
  }

  async #finish(file: FollowedFile): Promise<void> {
    try {
      if (file.isPlaced) await this.#reader.finish(file);
    } catch (error) {
      this.#attempts.fail(file, error);
    }
  }

  #letGo(file: FollowedFile, isComplete: boolean): void {
    this.#leaveParts(file);
    const { stream, reached } = file.cursor;
    const fate = file.stat()?.nlink === 0n ? "deleted" : "out of sight";
    if (file.isPlaced) this.#ledger.depart({ stream, position: reached, isComplete }, file, fate);
    this.#placement.forget(file);
    file.isDrained = true;
    this.#catalog.remove(file);
    this.#log.debug("File is gone", { path: file.path });
  }

  #placeArchive(archive: ArchiveFile): void {
    if (archive.isPlaced || archive.isDrained || !archive.settle()) return;
    if (!this.#attempts.probe(archive)) return;
    if (this.#placement.placeArchiveLater(archive) === "ignored") this.#catalog.ignore(archive);
  }
}
