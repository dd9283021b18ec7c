/**
 * @module Files that processes have mapped, and the functions in them: by what the process that runs has mapped, and by build id, for
 * processes that have ended. How many are read is bounded: a process may map as many as it likes.
 */
import { join } from "node:path";
import { ElfFile, FileFunctions, OpenedFile } from "../../../kernel/symbol/index.ts";
import { Allowance } from "../../../lib/allowance.ts";
import { openLocalFile } from "../../../os/contained-file.ts";
import { type Mapping, readMappings } from "../procfs/mappings.ts";
import { listProcesses } from "../procfs/procfs.ts";

/** Files that are remembered, and how many of them with their functions. */
const MOST_FILES = 1024;
const MOST_READ = 32;
/** Bytes of functions and their names that are remembered. */
const MOST_BYTES = 64 << 20;
/** Bytes of a file whose functions are read. */
const LARGEST_FILE = 64 << 20;
/** Files that are opened at once at most, and in a second. */
const OPENED = { burst: 64, perSecond: 16 };
/** Files whose functions are read at once at most, and in a second; one of so many bytes counts as another one. */
const READ = { burst: 16, perSecond: 4 };
const READ_BYTES = 4 << 20;
/** Processes that are looked at, for files that others will have mapped as well. */
const MOST_PROCESSES = 256;

/** Stands for what is not known yet. */
export const LATER: unique symbol = Symbol("later");

/** A file. */
export class SymbolFile {
  /** As processes have it. */
  readonly path: string;
  /** In hexadecimal; `undefined` where it has none, or cannot be read. */
  readonly buildId: string | undefined;
  /** Processes that may have it: their directories in procfs. */
  readonly #places: readonly string[];
  #functions: FileFunctions | undefined;
  #isRead = false;
  #size = 0;

  constructor(path: string, places: readonly string[]) {
    this.path = path;
    this.#places = places;
    this.buildId = fromAny(places, (place) => {
      using file = openElf(place, path);
      return file.loadedBuildId();
    });
  }

  /** Whether {@link functions} will not read it. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Bytes that reading the functions has gone through. */
  get size(): number {
    return this.#size;
  }

  /** `undefined` where it has none, is too large, or cannot be read. */
  get functions(): FileFunctions | undefined {
    if (this.#isRead) return this.#functions;
    this.#isRead = true;
    this.#functions = fromAny(this.#places, (place) => {
      using file = openElf(place, this.path);
      if (file.size > LARGEST_FILE) return undefined;
      this.#size += file.size;
      // Another file may have its name by now.
      return file.loadedBuildId() === this.buildId ? FileFunctions.of(file) : undefined;
    });
    return this.#functions;
  }

  /** Gives the memory back. */
  forget(): void {
    this.#functions = undefined;
    this.#isRead = false;
  }
}

/** Knows them. */
export class SymbolFiles {
  readonly #procfs: string;
  /** By device and inode, and by build id; what was used last at the end. */
  readonly #byIdentity = new Map<string, SymbolFile>();
  readonly #byBuildId = new Map<string, SymbolFile>();
  /** Those whose functions are kept. */
  readonly #read = new Set<SymbolFile>();
  readonly #opened = new Allowance({ ...OPENED, now: performance.now() });
  readonly #readable = new Allowance({ ...READ, now: performance.now() });

  /** @param procfs Where it is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Gets to know what runs: most programs have the same libraries. */
  learn(): void {
    for (const pid of listProcesses(this.#procfs).slice(0, MOST_PROCESSES)) {
      for (const mapping of readMappings(this.#procfs, pid)) {
        if (this.#byIdentity.size === MOST_FILES) return;
        if (mapping.isExecutable && !this.#byIdentity.has(mapping.identity)) this.#open(pid, mapping);
      }
    }
  }

  /** The file of a mapping; {@link LATER} where too many have been opened just now. */
  ofMapping(pid: number, mapping: Mapping): SymbolFile | typeof LATER {
    const known = this.#byIdentity.get(mapping.identity);
    if (known !== undefined) return known;
    return isAllowed(this.#opened) ? this.#open(pid, mapping) : LATER;
  }

  /** @param binary What the process ran, as events have it: looked into where the build id is not known. */
  ofBuildId(buildId: string, binary: string): SymbolFile | undefined | typeof LATER {
    const known = this.#byBuildId.get(buildId);
    if (known !== undefined || !binary.startsWith("/") || this.#byIdentity.has(binary)) return known;
    if (!isAllowed(this.#opened)) return LATER;
    this.#keep(binary, new SymbolFile(binary, this.#hostPlaces));
    return this.#byBuildId.get(buildId);
  }

  /** The functions of a file; {@link LATER} where too many have been read just now. */
  functionsOf(file: SymbolFile): FileFunctions | undefined | typeof LATER {
    if (!file.isRead && !isAllowed(this.#readable)) return LATER;
    if (!file.isRead) {
      const before = file.size;
      void file.functions;
      this.#readable.take((file.size - before) / READ_BYTES);
    }
    const { functions } = file;
    if (functions === undefined) return undefined;
    this.#read.delete(file);
    this.#read.add(file);
    this.#makeRoom();
    return functions;
  }

  /** Forgets what was used longest ago; never what was used last. */
  #makeRoom(): void {
    let bytes = 0;
    for (const { functions } of this.#read) bytes += functions?.bytes ?? 0;
    for (const file of this.#read) {
      if (this.#read.size === 1 || (this.#read.size <= MOST_READ && bytes <= MOST_BYTES)) return;
      bytes -= file.functions?.bytes ?? 0;
      file.forget();
      this.#read.delete(file);
    }
  }

  #open(pid: number, { identity, path }: Mapping): SymbolFile {
    return this.#keep(identity, new SymbolFile(path, [join(this.#procfs, String(pid)), ...this.#hostPlaces]));
  }

  /** The host's, and the agent's own: build ids tell whether it is the one that is meant. */
  get #hostPlaces(): string[] {
    return [join(this.#procfs, "1"), "/proc/self"];
  }

  #keep(identity: string, file: SymbolFile): SymbolFile {
    bounded(this.#byIdentity, identity, file);
    if (file.buildId !== undefined) bounded(this.#byBuildId, file.buildId, file);
    return file;
  }
}

/** A file as a process sees it, unless somebody would have to be asked for it, who may not answer. */
function openElf(process: string, path: string): ElfFile {
  const file = new OpenedFile(openLocalFile(process, path));
  try {
    return ElfFile.of(file);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** What was added first makes room. */
function bounded(files: Map<string, SymbolFile>, key: string, file: SymbolFile): void {
  const [oldest] = files.size < MOST_FILES ? [] : files.keys();
  if (oldest !== undefined) files.delete(oldest);
  files.set(key, file);
}

function isAllowed(allowance: Allowance): boolean {
  allowance.refill(performance.now());
  if (allowance.left < 1) return false;
  allowance.take(1);
  return true;
}

/** What the first place that can be read has. */
function fromAny<T>(places: readonly string[], read: (place: string) => T | undefined): T | undefined {
  for (const place of places) {
    try {
      return read(place);
    } catch {
      // Perhaps the next one.
    }
  }
  return undefined;
}
