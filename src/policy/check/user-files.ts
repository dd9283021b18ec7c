/** @module Programs and libraries that hooks are in: where in their files the hooks are. */
import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { parseUsdtArguments } from "../../kernel/program/index.ts";
import {
  ElfFile,
  type FileIdentity,
  findReturnInstruction,
  isSameFile,
  OpenedFile,
  type ProcessRoot,
  usdtPlaces,
} from "../../kernel/symbol/index.ts";
import { codeOrText, errorCode } from "../../os/caught.ts";
import { oneOf, quote, type Remark } from "../document/finding.ts";
import type { Machine } from "../document/meaning/context.ts";
import {
  type FileDigest,
  type ProbedFile,
  placeText,
  type UprobeTarget,
  type UsdtTarget,
  type UserPlace,
  type WantedPlace,
} from "../user-target.ts";

/** Why there is no such place. */
export interface MissingPlace extends Remark {
  readonly found: string;
  /** Whether it is another file than the policy allows, and the policy does without then. */
  readonly isIgnored: boolean;
  /** The field that names the place, where it is not the file's. */
  readonly field?: string;
}

/** The fields of a uprobe that say where it is in its file. */
const FIELDS = { symbol: "symbols", offset: "offsets", address: "addrs" } as const;

/** Bytes of a file that are hashed at a time. */
const PIECE = 1 << 20;
/** Bytes of a file that is hashed: nothing else is done meanwhile. */
const LARGEST_HASHED = 1 << 30;

/** Bytes of a file of a container: its symbols are gone through while nothing else is done. */
const LARGEST_CONTAINED = 1 << 28;
/** Files of containers whose places are remembered, of an entry. */
const MOST_CONTAINED = 256;

/** Where the places of a file are, or why not: those of one entry are found in one reading. */
interface FoundFile {
  readonly identity: FileIdentity;
  readonly places: readonly (readonly UserPlace[] | MissingPlace)[];
}

/** Finds places. */
export class UserFiles {
  readonly #machine: Machine;
  /** By the file of an entry, or the target. */
  readonly #found = new WeakMap<ProbedFile | UsdtTarget, FoundFile>();

  /** By the file of an entry, by which file of containers it is: files are the same in many. */
  readonly #contained = new WeakMap<ProbedFile, Map<string, FoundFile>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Where a hook is: at several places, where the compiler has put a static tracepoint into functions that it inlined. */
  placesOf(target: UprobeTarget | UsdtTarget): readonly UserPlace[] | MissingPlace {
    const { path } = target.file;
    try {
      const file = new OpenedFile(path);
      const key = target.kind === "uprobe" ? target.file : target;
      let found = this.#found.get(key);
      if (found === undefined || !isSameFile(found.identity, file.identity)) {
        found = { identity: file.identity, places: this.#read(target, file) };
        this.#found.set(key, found);
      } else file[Symbol.dispose]();
      return target.kind === "uprobe" ? found.places[target.place]! : found.places[0]!;
    } catch (error) {
      const why =
        error instanceof SyntaxError
          ? error.message.replace(/^Cannot read (ELF )?file: /, "")
          : errorCode(error) === "ENOENT"
            ? "there is no such file"
            : codeOrText(error);
      return { found: quote(path), expected: "a program or a library", cure: why, isIgnored: false };
    }
  }

  /**
   * Where a hook is in a file of a process's root directory.
   * @throws SyntaxError, or the system's error, where there is no such file, or it is none that can be hooked.
   */
  placesIn(target: UprobeTarget, root: ProcessRoot): readonly UserPlace[] | MissingPlace {
    const { file } = target;
    const opened = OpenedFile.inRoot(root, file.path);
    const known = this.#contained.get(file) ?? new Map<string, FoundFile>();
    this.#contained.set(file, known);
    const { device, inode, size, changedAt } = opened.identity;
    const key = [device, inode, size, changedAt].join();
    let found = known.get(key);
    if (found !== undefined) opened[Symbol.dispose]();
    else {
      if (size > LARGEST_CONTAINED) {
        opened[Symbol.dispose]();
        throw new SyntaxError(`Cannot read file: it has ${size} bytes`);
      }
      found = { identity: opened.identity, places: this.#read(target, opened) };
      if (known.size >= MOST_CONTAINED) known.clear();
      known.set(key, found);
    }
    const places = found.places[target.place]!;
    return "found" in places ? places : places.map((place) => ({ ...place, root }));
  }

  /** The opened file is closed then. */
  #read(target: UprobeTarget | UsdtTarget, opened: OpenedFile): FoundFile["places"] {
    using _ = opened;
    const elf = ElfFile.of(opened);
    const { file } = target;
    const count = target.kind === "uprobe" ? file.places.length : 1;
    const wrong = wrongDigest(file, elf, opened);
    if (wrong !== undefined) return Array.from({ length: count }, () => wrong);
    const at = (offset: bigint, more: Partial<UserPlace> = {}): UserPlace => ({
      path: file.path,
      identity: opened.identity,
      offset,
      referenceCounter: 0n,
      usdtArguments: undefined,
      ...(elf.isGo ? { isGo: true } : {}),
      ...more,
    });
    if (target.kind === "usdt") return [this.#readUsdt(target, elf, at)];
    return file.places.map((wanted) => {
      const offset = offsetOf(wanted, elf);
      if (typeof offset !== "bigint") return { ...offset, field: FIELDS[wanted.at.by], isIgnored: false };
      const { referenceCounter = 0n } = wanted;
      if (referenceCounter + COUNTER_SIZE > opened.identity.size)
        return {
          field: "refCtrOffsets",
          found: String(referenceCounter),
          expected: `a place in the file, which has ${opened.identity.size} bytes`,
          isIgnored: false,
        };
      if (wanted.isOverridden !== true) return [at(offset, { referenceCounter })];
      const returnAt = findReturnInstruction(elf, offset, this.#machine);
      return [at(offset, { referenceCounter, returnAt })];
    });
  }

  #readUsdt(
    { provider, name }: UsdtTarget,
    elf: ElfFile,
    at: (offset: bigint, more: Partial<UserPlace>) => UserPlace,
  ): readonly UserPlace[] | MissingPlace {
    const all = [...usdtPlaces(elf)];
    const found = all.filter((each) => each.provider === provider && each.name === name);
    if (found.length === 0) {
      const names = [...new Set(all.map((each) => `${each.provider}:${each.name}`))];
      return {
        found: quote(`${provider}:${name}`),
        expected:
          names.length === 0
            ? "a file with static tracepoints: it has none"
            : "a static tracepoint of the file",
        cure: names.length === 0 ? "" : `it has ${names.slice(0, MOST_NAMES).join(", ")}`,
        isIgnored: false,
      };
    }
    return found.map(({ address, semaphore, arguments: text }) =>
      at(elf.offsetOf(address), {
        referenceCounter: semaphore === 0n ? 0n : elf.offsetOf(semaphore),
        usdtArguments: parseUsdtArguments(text, this.#machine),
      }),
    );
  }
}

/** Bytes of a reference counter. */
const COUNTER_SIZE = 2n;
/** Names that are listed where one was not found. */
const MOST_NAMES = 8;

/** Where a place is in the file; it has to be where code is, or the kernel would refuse it or it would never be reached. */
function offsetOf(wanted: WantedPlace, elf: ElfFile): bigint | (Remark & { readonly found: string }) {
  const offset = placeOf(wanted, elf);
  if (typeof offset !== "bigint" || elf.code.some(({ start, end }) => start <= offset && offset < end))
    return offset;
  const code = elf.code.map(({ start, end }) => `0x${start.toString(16)} to 0x${end.toString(16)}`);
  return {
    found: placeText(wanted),
    expected:
      code.length === 0 ? "a file with code: it has none" : `a place in the file's code, ${oneOf(code)}`,
  };
}

function placeOf({ at }: WantedPlace, elf: ElfFile): bigint | (Remark & { readonly found: string }) {
  switch (at.by) {
    case "offset":
      return at.offset;
    case "address":
      try {
        return elf.offsetOf(at.address);
      } catch {
        return { found: String(at.address), expected: "an address that the file is loaded at" };
      }
    case "symbol": {
      const found = elf.function(at.name);
      if (found === undefined)
        return { found: quote(at.name), expected: "a function of the file: it has none of that name" };
      if (found.isIndirect)
        return {
          found: quote(at.name),
          expected:
            "a function that has its code under its name: which code this one has is chosen when it is loaded",
        };
      return elf.offsetOf(found.address) + at.offset;
    }
  }
}

/** What is wrong with a file whose digest is none that the policy allows. */
function wrongDigest(
  { path, digests, ignoresOtherDigest }: ProbedFile,
  elf: ElfFile,
  opened: OpenedFile,
): MissingPlace | undefined {
  if (digests.length === 0) return undefined;
  const known = new Map<FileDigest["kind"], string | undefined>();
  for (const { kind, hexadecimal } of digests) {
    if (!known.has(kind)) known.set(kind, kind === "build-id" ? elf.buildId() : hash(kind, opened));
    if (known.get(kind) === hexadecimal) return undefined;
  }
  const has = [...known].map(([kind, value]) => `${kind}:${value ?? "none"}`).join(", ");
  return {
    found: quote(path),
    expected: "a file with one of binaryDigests",
    cure: `it has ${has}`,
    isIgnored: ignoresOtherDigest,
  };
}

/** Who may write to the file may have made it as large as he likes: then it has none that is known. */
function hash(kind: string, { descriptor, identity }: OpenedFile): string {
  if (identity.size > LARGEST_HASHED) return `(too large: ${identity.size} bytes)`;
  const digest = createHash(kind);
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < identity.size; ) {
    const count = readSync(descriptor, piece, 0, PIECE, at);
    if (count === 0) break;
    digest.update(piece.subarray(0, count));
    at += count;
  }
  return digest.digest("hex");
}
