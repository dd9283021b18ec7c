/** @module Which files there are, and what became of those that were there. */
import type * as fs from "node:fs";
import { inodeKey, lookAt, statOf } from "../stat.ts";
import { ArchiveFile, isArchiveName, revisionOf } from "./archive-file.ts";
import { FollowedFile } from "./followed-file.ts";
import { isOwnFile } from "./own-files.ts";
import { type Sighting, Surroundings } from "./surroundings.ts";

/** A named pipe. */
export interface Pipe {
  readonly key: string;
  readonly path: string;
}

/** Hears of named pipes. */
export interface PipeListener {
  add(pipe: Pipe): void;
  /** No name leads to the pipe any more. */
  remove(key: string): void;
}

/** What a look found for the first time. */
export interface Newcomers {
  readonly files: FollowedFile[];
  readonly archives: ArchiveFile[];
  readonly pipes: Pipe[];
  /** Keys of pipes that no name leads to any more. */
  readonly pipesGone: string[];
  /** Paths of files that the agent writes itself. */
  readonly own: string[];
  /** Paths of which the file was deleted while there were several newer ones: between them others may have been. */
  readonly gaps: string[];
  /** Directories that could not be read, with the reason. */
  readonly failures: ReadonlyMap<string, string>;
}

/** The files of one glob, and those that were rotated away from them, by inode. */
export class Catalog {
  /** Regular files that are followed. */
  readonly files = new Map<string, FollowedFile>();
  /** Compressed files that were met. */
  readonly archives = new Map<string, ArchiveFile>();
  readonly #surroundings: Surroundings;
  #pipes = new Set<string>();
  /** Rotated files that were there before anything was followed, and files of our own. */
  #ignored = new Set<string>();
  /** What each file looked like at the last look. */
  readonly #revisions = new Map<string, string>();
  /** The file that was last seen under each name that the glob has. */
  readonly #lastAt = new Map<string, FollowedFile>();

  /** @throws TetradError when the glob stands for too many patterns. */
  constructor(glob: string) {
    this.#surroundings = new Surroundings(glob);
  }

  /** Directories whose changes matter, also those that links lead to. */
  get directories(): ReadonlySet<string> {
    return this.#surroundings.directories;
  }

  /** The followed file that a change at `path` is about. */
  fileAt(path: string): FollowedFile | undefined {
    const key = this.#surroundings.keyAt(path);
    return key === undefined ? undefined : this.files.get(key);
  }

  /** The path itself, past all links. */
  realPathOf(path: string): string {
    return this.#surroundings.realPathOf(path);
  }

  /** As {@link Surroundings.homeOf}. */
  homeOf(path: string): string | undefined {
    return this.#surroundings.homeOf(path);
  }

  /**
   * Looks at all names, sizes and inodes. Files that changed have `hasMore` set, files that no name leads to any
   * more `isGone`.
   */
  look(): Newcomers {
    const { sightings, failures } = this.#surroundings.look();
    const newcomers: Newcomers = {
      files: [],
      archives: [],
      pipes: [],
      pipesGone: [],
      own: [],
      gaps: [],
      failures: new Map(failures),
    };
    const ignored = new Set<string>();
    const pipes = new Set<string>();
    for (const sighting of sightings.values()) {
      const { key, path, stat } = sighting;
      if (stat !== undefined && isOwnFile(stat, this.realPathOf(path))) {
        if (!this.#ignored.has(key)) newcomers.own.push(path);
        this.#drop(key);
        ignored.add(key);
      } else if (this.files.has(key)) this.#seeAgain(this.files.get(key)!, sighting);
      else if (this.archives.has(key)) this.#seeArchive(this.archives.get(key)!, sighting);
      else if (this.#pipes.has(key)) pipes.add(key);
      else if (this.#ignored.has(key) && sighting.rotatedFrom !== undefined) ignored.add(key);
      else if (stat?.isFIFO()) {
        pipes.add(key);
        newcomers.pipes.push({ key, path });
      } else if (stat?.isFile()) this.#meet(sighting, stat, newcomers);
    }
    this.#ignored = ignored;
    for (const [key, file] of this.files) if (!sightings.has(key)) this.#miss(file);
    for (const key of this.archives.keys()) if (!sightings.has(key)) this.archives.delete(key);
    for (const key of this.#pipes) if (!pipes.has(key)) newcomers.pipesGone.push(key);
    this.#pipes = pipes;
    this.#link(newcomers);
    return newcomers;
  }

  /** Forgets a file. */
  remove(file: FollowedFile): void {
    file.close();
    this.files.delete(file.key);
    this.#revisions.delete(file.key);
  }

  /** Forgets a rotated file, and does not meet it again. */
  ignore(file: FollowedFile | ArchiveFile): void {
    if (file instanceof FollowedFile) this.remove(file);
    this.archives.delete(file.key);
    this.#ignored.add(file.key);
  }

  /** Meets a pipe anew at the next look. */
  forgetPipe(key: string): void {
    this.#pipes.delete(key);
  }

  /** Goes on with the file as one that is compressed, whatever its name says. */
  turnIntoArchive(file: FollowedFile): void {
    const stat = file.stat() ?? statOf(file.path);
    this.remove(file);
    file.isDrained = true;
    if (stat === undefined) return;
    const archive = new ArchiveFile(file.path, stat);
    archive.after = file.after;
    archive.rotatedFrom = file.rotatedFrom;
    this.archives.set(archive.key, archive);
  }

  #seeAgain(file: FollowedFile, { path, stat, rotatedFrom }: Sighting): void {
    if (this.#surroundings.keyAt(file.path) !== file.key) file.path = path;
    if (rotatedFrom === undefined) file.rotatedFrom = undefined;
    file.isGone = false;
    file.quietLooks = 0;
    if (stat !== undefined) this.#noteRevision(file, stat);
  }

  #seeArchive(archive: ArchiveFile, { path, stat }: Sighting): void {
    archive.path = path;
    if (stat !== undefined) archive.revision = revisionOf(stat);
  }

  #meet({ key, path, rotatedFrom }: Sighting, stat: fs.BigIntStats, newcomers: Newcomers): void {
    if (isArchiveName(path)) {
      const archive = new ArchiveFile(path, stat);
      archive.rotatedFrom = rotatedFrom;
      this.archives.set(key, archive);
      newcomers.archives.push(archive);
      return;
    }
    const file = new FollowedFile(path, stat);
    file.rotatedFrom = rotatedFrom;
    this.#revisions.set(key, revisionOf(stat));
    this.files.set(key, file);
    newcomers.files.push(file);
  }

  /**
   * Puts files that took each other's name into a row: what was there before is read to its end first, then what came and
   * went since the last look, then what is there now.
   */
  #link({ files, archives, gaps }: Newcomers): void {
    const rows = new Map<string, FollowedFile[]>();
    for (const file of files) {
      const path = file.rotatedFrom?.path ?? file.path;
      const row = rows.get(path) ?? [];
      if (file.rotatedFrom !== undefined) row.push(file);
      rows.set(path, row);
    }
    // A compressed file may have been made from one that is followed: nothing waits for it.
    for (const archive of archives) {
      if (archive.rotatedFrom !== undefined) archive.after = this.#lastAt.get(archive.rotatedFrom.path);
    }
    for (const [path, row] of rows) {
      const before = this.#lastAt.get(path);
      const now = this.fileAt(path);
      if (before === undefined || before === now || this.files.get(before.key) !== before) continue;
      before.hasMore = true;
      before.isDrained = false;
      if (row.length > 0 && before.stat()?.nlink === 0n) gaps.push(path);
      let last = before;
      for (const file of now === undefined ? row : [...row, now]) {
        file.after = last;
        file.predecessor = last;
        last = file;
      }
    }
    for (const file of this.files.values()) {
      if (file.rotatedFrom === undefined && !file.isGone && this.fileAt(file.path) === file)
        this.#lastAt.set(file.path, file);
    }
    for (const [path, file] of this.#lastAt) if (this.files.get(file.key) !== file) this.#lastAt.delete(path);
  }

  /** A file that turned out to be our own is not read any further, and is nobody's successor. */
  #drop(key: string): void {
    const file = this.files.get(key);
    if (file !== undefined) {
      file.isDrained = true;
      this.remove(file);
    }
    this.archives.delete(key);
  }

  /** No name leads to the file any more; what is left of it is read through its descriptor. */
  #miss(file: FollowedFile): void {
    // A directory that cannot be read hides files; it does not delete them.
    const look = lookAt(file.path);
    if (look === "unknown") return;
    if (look !== "missing" && inodeKey(look) === file.key) {
      file.isGone = false;
      this.#noteRevision(file, look);
      return;
    }
    if (!file.isGone) file.isCutShort = file.hasMore || !file.isDrained;
    file.isGone = true;
    file.isReplaced = look !== "missing";
    const stat = file.stat();
    if (stat !== undefined && this.#noteRevision(file, stat)) file.quietLooks = 0;
  }

  /** @returns Whether the file has changed since the last look. */
  #noteRevision(file: FollowedFile, stat: fs.BigIntStats): boolean {
    const revision = revisionOf(stat);
    if (this.#revisions.get(file.key) === revision) return false;
    this.#revisions.set(file.key, revision);
    file.hasMore = true;
    return true;
  }
}
