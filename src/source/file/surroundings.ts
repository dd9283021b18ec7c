/** @module What a glob names now: paths, the inodes behind them, and their rotated files. */
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { compareRotated, parseRotatedName, type RotatedName } from "../../lib/text/rotated-name.ts";
import { inodeKey, lookAt } from "../stat.ts";
import { DirectoryCache } from "./directory-cache.ts";
import { PathGlob } from "./path-glob.ts";

/** A file, and one of its names. */
export interface Sighting {
  readonly key: string;
  readonly path: string;
  /** `undefined`: it could not be looked at just now, but was there before. */
  readonly stat: fs.BigIntStats | undefined;
  /** What was rotated away under this name, when the glob itself does not name the file. */
  readonly rotatedFrom: Rotation | undefined;
}

/** A name that a file was given when another took its own. */
export interface Rotation {
  /** The path that the glob names. */
  readonly path: string;
  readonly name: RotatedName;
}

/** What one look has shown. */
export interface Sight {
  /** By inode, those that the glob names first, then rotated ones, the oldest first. */
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Directories that could not be read, with the reason. */
  readonly failures: ReadonlyMap<string, string>;
}

interface RotatedFile {
  readonly path: string;
  readonly from: Rotation;
}

/** Looks at the file system. */
export class Surroundings {
  readonly #cache = new DirectoryCache();
  readonly #glob: PathGlob;
  /** Where the file behind each path really is: links may lead to other directories. */
  readonly #realPaths = new Map<string, { readonly key: string; readonly path: string }>();
  /** Inodes by the paths that lead to them, real ones included. */
  #keyAt = new Map<string, string>();
  #directories: ReadonlySet<string> = new Set();

  /** @throws TetradError as {@link PathGlob}. */
  constructor(glob: string) {
    this.#glob = new PathGlob(glob, this.#cache);
  }

  /** Directories whose changes matter, also those that links lead to. */
  get directories(): ReadonlySet<string> {
    const directories = new Set(this.#directories);
    for (const { path } of this.#realPaths.values()) directories.add(dirname(path));
    return directories;
  }

  /** The inode that a path led to at the last look. */
  keyAt(path: string): string | undefined {
    return this.#keyAt.get(path);
  }

  /** The path itself, past all links. */
  realPathOf(path: string): string {
    return this.#realPaths.get(path)?.path ?? path;
  }

  /** The path itself, where its name does not say that the file was rotated away from another path that was seen. */
  homeOf(path: string): string | undefined {
    const isRotated = parseRotatedName(basename(path)).some(({ original }) =>
      this.#keyAt.has(join(dirname(path), original)),
    );
    return isRotated ? undefined : path;
  }

  /** Looks at all names and inodes: each inode once, with the first of its names. */
  look(): Sight {
    this.#cache.sweep();
    const { paths, directories } = this.#glob.list();
    this.#directories = directories;
    const sightings = new Map<string, Sighting>();
    const keyAt = new Map<string, string>();
    for (const path of paths) this.#see(path, undefined, sightings, keyAt);
    for (const path of this.#realPaths.keys()) if (!keyAt.has(path)) this.#realPaths.delete(path);
    for (const { path, from } of this.#rotated(paths)) this.#see(path, from, sightings, keyAt);
    this.#keyAt = keyAt;
    return { sightings, failures: this.#cache.failures };
  }

  #see(
    path: string,
    rotatedFrom: Rotation | undefined,
    sightings: Map<string, Sighting>,
    keyAt: Map<string, string>,
  ): void {
    const look = lookAt(path);
    if (look === "missing") return;
    const stat = look === "unknown" ? undefined : look;
    const key = stat === undefined ? this.#keyAt.get(path) : inodeKey(stat);
    if (key === undefined) return;
    keyAt.set(path, key);
    if (rotatedFrom === undefined) keyAt.set(this.#realPath(path, key), key);
    if (!sightings.has(key)) sightings.set(key, { key, path, stat, rotatedFrom });
  }

  /** Files that are rotated ones of what the glob names, going by their names; not those that it names itself. */
  #rotated(paths: ReadonlySet<string>): RotatedFile[] {
    const originals = new Map<string, string>();
    const directories = new Set<string>();
    for (const path of paths) {
      const real = this.realPathOf(path);
      originals.set(real, path);
      directories.add(dirname(real));
    }
    const found: RotatedFile[] = [];
    for (const directory of directories) {
      for (const entry of this.#cache.entriesOf(directory)) {
        if (!entry.isFile()) continue;
        const path = join(directory, entry.name);
        if (paths.has(path) || originals.has(path)) continue;
        const file = rotatedFile(path, originals);
        if (file !== undefined) found.push(file);
      }
    }
    return found.sort((a, b) => compareRotated(a.from.name, b.from.name));
  }

  #realPath(path: string, key: string): string {
    const known = this.#realPaths.get(path);
    if (known?.key === key) return known.path;
    try {
      const real = fs.realpathSync(path);
      this.#realPaths.set(path, { key, path: real });
      return real;
    } catch {
      // Gone since it was seen, or no descriptor is free: the next look will show.
      return known?.path ?? path;
    }
  }
}

function rotatedFile(path: string, originals: ReadonlyMap<string, string>): RotatedFile | undefined {
  const directory = dirname(path);
  for (const name of parseRotatedName(basename(path))) {
    const original = originals.get(join(directory, name.original));
    if (original !== undefined) return { path, from: { path: original, name } };
  }
  return undefined;
}
