/** @module Which files there are, and what became of those that were there. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { ArchiveFile, isArchiveName, revisionOf } from "./archive-file.ts";
import { FollowedFile } from "./followed-file.ts";
import { type Listing, PathGlob } from "./path-glob.ts";
import { inodeKey, statOf } from "./stat.ts";

/** A directory's listing is believed only when the directory has not changed for so long before it was made. */
const SETTLED_NS = 2_000_000_000n;

/** What a look found for the first time. */
export interface Newcomers {
  readonly files: FollowedFile[];
  readonly archives: ArchiveFile[];
  /** Paths of named pipes. */
  readonly pipes: string[];
}

interface Sighting {
  readonly path: string;
  readonly stat: fs.BigIntStats;
}

/** The files of one glob, by inode. */
export class Catalog {
  /** Regular files that are followed. */
  readonly files = new Map<string, FollowedFile>();
  /** Compressed files that were met. */
  readonly archives = new Map<string, ArchiveFile>();
  readonly #glob: PathGlob;
  readonly #pipes = new Set<string>();
  /** What each file looked like at the last look. */
  readonly #revisions = new Map<string, string>();
  /** Where the file behind each path really is: links may lead to other directories. */
  readonly #realPaths = new Map<string, { key: string; path: string }>();
  /** Inodes by the paths that lead to them, real ones included. */
  #keyAt = new Map<string, string>();
  #listing: Listing | undefined;
  #listingState = "";

  constructor(glob: string) {
    this.#glob = new PathGlob(glob);
  }

  /** Directories whose changes matter, also those that links lead to. */
  get directories(): ReadonlySet<string> {
    const directories = new Set(this.#listing?.directories);
    for (const { path } of this.#realPaths.values()) directories.add(dirname(path));
    return directories;
  }

  /** The followed file that a change at `path` is about. */
  fileAt(path: string): FollowedFile | undefined {
    const key = this.#keyAt.get(path);
    return key === undefined ? undefined : this.files.get(key);
  }

  /** The path itself, past all links. */
  realPathOf(path: string): string {
    return this.#realPaths.get(path)?.path ?? path;
  }

  /**
   * Looks at all names, sizes and inodes. Files that changed have `hasMore` set, files that no name leads to any
   * more `isGone`.
   */
  look(): Newcomers {
    const sightings = this.#sight();
    const newcomers: Newcomers = { files: [], archives: [], pipes: [] };
    const previous = new Map([...this.files.values()].map((file) => [file.path, file]));
    for (const [key, sighting] of sightings) {
      const file = this.files.get(key);
      if (file !== undefined) this.#seeAgain(file, sighting);
      else if (sighting.stat.isFIFO()) this.#meetPipe(key, sighting.path, newcomers);
      else if (sighting.stat.isFile()) this.#meet(key, sighting, newcomers, previous);
    }
    for (const [key, file] of this.files) if (!sightings.has(key)) this.#miss(file);
    for (const key of this.archives.keys()) if (!sightings.has(key)) this.archives.delete(key);
    for (const key of this.#pipes) if (!sightings.has(key)) this.#pipes.delete(key);
    return newcomers;
  }

  /** Forgets a file. */
  remove(file: FollowedFile): void {
    file.close();
    this.files.delete(file.key);
    this.#revisions.delete(file.key);
  }

  /** Goes on with the file as one that is compressed, whatever its name says. */
  turnIntoArchive(file: FollowedFile): void {
    const stat = file.stat() ?? statOf(file.path);
    this.remove(file);
    file.isDrained = true;
    if (stat === undefined) return;
    const archive = new ArchiveFile(file.path, stat);
    archive.after = file.after;
    this.archives.set(archive.key, archive);
  }

  /** All inodes that names lead to, each once, with the first of its names. */
  #sight(): Map<string, Sighting> {
    const sightings = new Map<string, Sighting>();
    const keyAt = new Map<string, string>();
    for (const path of this.#list()) {
      const stat = statOf(path);
      if (stat === undefined) {
        this.#realPaths.delete(path);
        continue;
      }
      const key = inodeKey(stat);
      if (!sightings.has(key)) sightings.set(key, { path, stat });
      keyAt.set(path, key);
      keyAt.set(this.#realPath(path, key), key);
    }
    for (const path of this.#realPaths.keys()) if (!keyAt.has(path)) this.#realPaths.delete(path);
    this.#keyAt = keyAt;
    return sightings;
  }

  #list(): Iterable<string> {
    const state = this.#stateOfDirectories();
    if (this.#listing === undefined || state === "" || state !== this.#listingState) {
      this.#listing = this.#glob.list();
      this.#listingState = this.#stateOfDirectories();
    }
    return this.#listing.paths;
  }

  /** Something that differs when a directory has changed; empty when one has changed just now. */
  #stateOfDirectories(): string {
    const now = BigInt(Date.now()) * 1_000_000n;
    let state = " ";
    for (const directory of this.#listing?.directories ?? []) {
      const stat = statOf(directory);
      if (stat !== undefined && stat.mtimeNs + SETTLED_NS > now) return "";
      state += stat === undefined ? "-;" : `${stat.ino}:${stat.mtimeNs};`;
    }
    return state;
  }

  #realPath(path: string, key: string): string {
    const known = this.#realPaths.get(path);
    if (known?.key === key) return known.path;
    let real = path;
    try {
      real = fs.realpathSync(path);
    } catch {
      // Gone since it was seen: the next look will show.
    }
    this.#realPaths.set(path, { key, path: real });
    return real;
  }

  #seeAgain(file: FollowedFile, { path, stat }: Sighting): void {
    if (this.#keyAt.get(file.path) !== file.key) file.path = path;
    file.isGone = false;
    file.quietLooks = 0;
    this.#noteRevision(file, stat);
  }

  #meetPipe(key: string, path: string, newcomers: Newcomers): void {
    if (this.#pipes.has(key)) return;
    this.#pipes.add(key);
    newcomers.pipes.push(path);
  }

  #meet(
    key: string,
    { path, stat }: Sighting,
    newcomers: Newcomers,
    previous: ReadonlyMap<string, FollowedFile>,
  ): void {
    const archive = this.archives.get(key);
    if (archive !== undefined) {
      archive.path = path;
      archive.revision = revisionOf(stat);
      return;
    }
    if (isArchiveName(path)) {
      const newcomer = new ArchiveFile(path, stat);
      this.archives.set(key, newcomer);
      newcomers.archives.push(newcomer);
      return;
    }
    const file = new FollowedFile(path, stat);
    const predecessor = previous.get(path);
    if (predecessor !== undefined) {
      // Rotated: what was there before is read to its end first.
      predecessor.hasMore = true;
      predecessor.isDrained = false;
      file.after = predecessor;
    }
    this.#revisions.set(key, revisionOf(stat));
    this.files.set(key, file);
    newcomers.files.push(file);
  }

  /** No name leads to the file any more; what is left of it is read through its descriptor. */
  #miss(file: FollowedFile): void {
    file.isGone = true;
    file.isReplaced = this.#keyAt.has(file.path);
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
