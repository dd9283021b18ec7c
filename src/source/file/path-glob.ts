/** @module Finds the files that a glob names, and the directories whose change can change that. */
import { resolve } from "node:path";
import { TetradError } from "../../os/error.ts";
import { DirectoryCache } from "./directory-cache.ts";

/** Levels that `**` goes down. */
const MAX_DEPTH = 32;
/** Patterns that braces may stand for. */
const MAX_PATTERNS = 1024;
const MAGIC = /[*?[\]\\]/;

/** What a glob names now. */
export interface Listing {
  /** Absolute paths, without doubles. A path without magic is listed whether it exists or not. */
  readonly paths: ReadonlySet<string>;
  /** Directories in which names were looked for; they need not exist. */
  readonly directories: ReadonlySet<string>;
}

/** A path with `*`, `?`, `[...]`, `{...,...}` and `**`, as shells have it: `*` does not match a leading dot. */
export class PathGlob {
  readonly #patterns: readonly string[];
  readonly #matchers = new Map<string, Bun.Glob>();
  readonly #cache: DirectoryCache;

  /**
   * @param glob Relative ones start at the working directory.
   * @param cache Where directories are read.
   * @throws TetradError `config` when its braces stand for too many patterns.
   */
  constructor(glob: string, cache = new DirectoryCache()) {
    this.#cache = cache;
    if (countPatterns(glob) > MAX_PATTERNS) {
      throw new TetradError(
        "config",
        `Cannot use event source "file:${glob}": found braces that stand for more than ${MAX_PATTERNS} patterns, needs fewer`,
      );
    }
    this.#patterns = expandBraces(glob).map((pattern) => resolve(pattern));
  }

  /** Looks at the file system. */
  list(): Listing {
    const paths = new Set<string>();
    const directories = new Set<string>();
    for (const pattern of this.#patterns) {
      this.#walk("/", pattern.split("/").filter(Boolean), { paths, directories, depth: 0 });
    }
    return { paths, directories };
  }

  #walk(
    directory: string,
    segments: readonly string[],
    found: { paths: Set<string>; directories: Set<string>; depth: number },
  ): void {
    const [segment, ...rest] = segments;
    if (segment === undefined) return;
    if (segment === "**") {
      this.#walkDeep(directory, rest.length === 0 ? ["*"] : rest, found);
      return;
    }
    const isLast = rest.length === 0;
    if (!MAGIC.test(segment)) {
      const path = join(directory, segment);
      if (!isLast) {
        this.#walk(path, rest, found);
        return;
      }
      found.directories.add(directory);
      found.paths.add(path);
      return;
    }
    found.directories.add(directory);
    for (const entry of this.#cache.entriesOf(directory)) {
      if (!this.#matches(segment, entry.name)) continue;
      const path = join(directory, entry.name);
      if (isLast) found.paths.add(path);
      else if (entry.isDirectory() || entry.isSymbolicLink()) this.#walk(path, rest, found);
    }
  }

  /** Symbolic links are not followed here: they may lead back up. */
  #walkDeep(
    directory: string,
    rest: readonly string[],
    found: { paths: Set<string>; directories: Set<string>; depth: number },
  ): void {
    this.#walk(directory, rest, found);
    if (found.depth >= MAX_DEPTH) return;
    found.directories.add(directory);
    for (const entry of this.#cache.entriesOf(directory)) {
      if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
      this.#walkDeep(join(directory, entry.name), rest, { ...found, depth: found.depth + 1 });
    }
  }

  #matches(segment: string, name: string): boolean {
    if (name.startsWith(".") && !segment.startsWith(".")) return false;
    let matcher = this.#matchers.get(segment);
    if (matcher === undefined) {
      matcher = new Bun.Glob(segment);
      this.#matchers.set(segment, matcher);
    }
    return matcher.match(name);
  }
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** At least as many patterns as {@link expandBraces} makes: each brace multiplies by its commas, the nested ones, too. */
function countPatterns(pattern: string): number {
  let product = 1;
  const commas: number[] = [];
  for (const letter of pattern) {
    if (letter === "{") commas.push(0);
    else if (letter === "," && commas.length > 0) commas[commas.length - 1]!++;
    else if (letter === "}") product *= (commas.pop() ?? 0) + 1;
  }
  return product;
}

/** `a{b,c}d` to `abd` and `acd`; braces that hold no comma, or do not close, stay as they are. */
function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf("{");
  if (open === -1) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const letter = pattern[i];
    if (letter === "{") depth++;
    if (letter === "}") depth--;
    if ((letter === "," && depth === 1) || depth === 0) {
      parts.push(pattern.slice(from, i));
      from = i + 1;
    }
    if (depth === 0) break;
  }
  if (depth !== 0 || parts.length < 2) {
    const head = pattern.slice(0, open + 1);
    return expandBraces(pattern.slice(open + 1)).map((rest) => head + rest);
  }
  const head = pattern.slice(0, open);
  const tail = pattern.slice(from);
  return parts.flatMap((part) => expandBraces(head + part + tail));
}
