/**
 * @module Stack traces of events: addresses as functions. Those of the kernel by its list of symbols; those of a process by what
 * it has mapped and the symbols of these files, after the fact: of a process that has ended there is nothing to see any more.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { FileFunctions, SymbolTable } from "../../../kernel/symbol/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";

/** Bytes that are read of what a process has mapped. */
const MAPS_LIMIT = 1 << 20;
/** Files whose functions are kept, and how large one may be. */
const MOST_FILES = 32;
const LARGEST_FILE = 64 << 20;
/** Milliseconds between two files that are read: a process may map as many as it likes. */
const FILE_INTERVAL = 250;

/** `start-end perms offset dev inode path` of proc_pid_maps(5). */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) (\S+ \d+) +(\/.*)$/;

/** A part of a file that a process has mapped. */
interface Mapped {
  readonly start: bigint;
  readonly end: bigint;
  readonly offset: bigint;
  /** Device and inode. */
  readonly identity: string;
  readonly path: string;
}

/** Makes entries of addresses. */
export class StackTraces {
  readonly #procfs: string;
  readonly #kernel = new SymbolTable();
  /** By device and inode, what was used last at the end; `undefined` for files without symbols. */
  readonly #files = new Map<string, FileFunctions | undefined>();
  #fileReadAt = Number.NEGATIVE_INFINITY;

  /** @param procfs Where it is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Reads the kernel's symbols, which may take rights that the agent has only now. */
  prepare(): void {
    this.#kernel.refresh();
  }

  /** `StackTraceEntry` of the API for each address in the kernel that is in a function. */
  ofKernel(addresses: BigUint64Array): JsonObject[] {
    return [...addresses].flatMap((address): JsonObject[] => {
      const found = this.#kernel.find(address);
      return found === undefined ? [] : [entryOf(found.offset, found.name, found.module)];
    });
  }

  /** The same for addresses of a process, `offset` being that in the file. */
  ofProcess(pid: number, addresses: BigUint64Array): JsonObject[] {
    const mappings = this.#mappings(pid);
    return [...addresses].flatMap((address): JsonObject[] => {
      const mapped = mappings.find(({ start, end }) => start <= address && address < end);
      if (mapped === undefined) return [];
      const offset = Number(address - mapped.start + mapped.offset);
      return [entryOf(offset, this.#functions(pid, mapped)?.find(offset), mapped.path)];
    });
  }

  /** None where the process has ended, or may not be looked at. */
  #mappings(pid: number): Mapped[] {
    const text = readStart(join(this.#procfs, String(pid), "maps"));
    return text.split("\n").flatMap((line) => {
      const [, start, end, offset, identity, path] = MAPPING.exec(line) ?? [];
      if (path === undefined) return [];
      const number = (hexadecimal: string) => BigInt(`0x${hexadecimal}`);
      return { start: number(start!), end: number(end!), offset: number(offset!), identity: identity!, path };
    });
  }

  /** The functions of a file; `undefined` where it has none, or is not read now. */
  #functions(pid: number, { identity, path }: Mapped): FileFunctions | undefined {
    const isKnown = this.#files.has(identity);
    if (!isKnown && performance.now() - this.#fileReadAt < FILE_INTERVAL) return undefined;
    const functions = isKnown ? this.#files.get(identity) : this.#read(pid, path);
    this.#files.delete(identity);
    this.#files.set(identity, functions);
    const [oldest] = this.#files.size > MOST_FILES ? this.#files.keys() : [];
    if (oldest !== undefined) this.#files.delete(oldest);
    return functions;
  }

  #read(pid: number, path: string): FileFunctions | undefined {
    const file = join(this.#procfs, String(pid), "root", path);
    try {
      const { size } = statSync(file);
      if (size > LARGEST_FILE) return undefined;
      this.#fileReadAt = performance.now();
      return FileFunctions.read(file);
    } catch {
      return undefined;
    }
  }
}

function entryOf(offset: number, symbol: string | undefined, module: string | undefined): JsonObject {
  return {
    ...(offset === 0 ? {} : { offset: String(offset) }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(module === undefined ? {} : { module }),
  };
}

/** The begin of a file; empty when it cannot be read. */
function readStart(path: string): string {
  try {
    const fd = openSync(path, "r");
    try {
      const parts: Buffer[] = [];
      for (let length = 0; length < MAPS_LIMIT; ) {
        const part = Buffer.alloc(1 << 16);
        const count = readSync(fd, part);
        if (count === 0) break;
        length += count;
        parts.push(part.subarray(0, count));
      }
      return Buffer.concat(parts).toString();
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
