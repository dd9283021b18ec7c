/** @module What hooks on programs and libraries are attached to. */
import type { UsdtArgument } from "../kernel/program/index.ts";
import type { FileIdentity, ProcessRoot } from "../kernel/symbol/index.ts";

/** A function of a program or a library, or another place in one. */
export interface UprobeTarget {
  readonly kind: "uprobe";
  readonly file: ProbedFile;
  /** Position in {@link ProbedFile.places}. */
  readonly place: number;
}

/** A static tracepoint of a program or a library. It may stand at several places. */
export interface UsdtTarget {
  readonly kind: "usdt";
  readonly file: ProbedFile;
  readonly provider: string;
  readonly name: string;
}

/** A file that hooks are in: those of one entry of a document have it in common. */
export interface ProbedFile {
  /** Absolute. */
  readonly path: string;
  /** Of an uprobe; empty for a static tracepoint. */
  readonly places: readonly WantedPlace[];
  /** One of them must be the file's; any file will do when empty. */
  readonly digests: readonly FileDigest[];
  /** Of another file nothing is hooked, instead of an error. */
  readonly ignoresOtherDigest: boolean;
  /** The file with the types that ways through its memory begin with. */
  readonly typesPath: string | undefined;
  /** Whether it is looked for in each container that the policy is for, instead of on the host. @default false */
  readonly isInContainers?: boolean;
}

/** Where in a file an uprobe is. */
export interface WantedPlace {
  readonly at:
    | { readonly by: "symbol"; readonly name: string; readonly offset: bigint }
    /** Bytes into the file. */
    | { readonly by: "offset"; readonly offset: bigint }
    /** In memory, as the file counts it. */
    | { readonly by: "address"; readonly address: bigint };
  /** The counter that is raised while somebody looks, as an offset in the file. */
  readonly referenceCounter: bigint | undefined;
  /** Whether the function is to return without having run. @default false */
  readonly isOverridden?: boolean;
}

/** A digest, or the build ID, in hexadecimal. */
export interface FileDigest {
  readonly kind: "sha1" | "sha256" | "sha384" | "sha512" | "build-id";
  readonly hexadecimal: string;
}

/** What a place is called: as the document has it. */
export function placeText({ at }: Pick<WantedPlace, "at">): string {
  switch (at.by) {
    case "symbol":
      return at.offset === 0n ? at.name : `${at.name}+${at.offset}`;
    case "offset":
      return `0x${at.offset.toString(16)}`;
    case "address":
      return `address 0x${at.address.toString(16)}`;
  }
}

/** What a hook on a program is on, in words: `/usr/bin/bash:readline`, `/usr/bin/python3:python:gc__start`. */
export function userTargetText(target: UprobeTarget | UsdtTarget): string {
  const { path } = target.file;
  if (target.kind === "usdt") return `${path}:${target.provider}:${target.name}`;
  return `${path}:${placeText(target.file.places[target.place]!)}`;
}

/** Whether a hook is in files of containers, which come and go. */
export function isInContainers({ target }: { readonly target: { readonly kind: string } }): boolean {
  return target.kind === "uprobe" && (target as UprobeTarget).file.isInContainers === true;
}

/** What events say of where a uprobe is: numbers only where the policy has no symbol. @param found Where an address is in the file. */
export function uprobeMembers(
  { file, place }: UprobeTarget,
  found = 0n,
): { readonly names: Readonly<Record<string, string>>; readonly numbers: Readonly<Record<string, string>> } {
  const { at, referenceCounter = 0n } = file.places[place]!;
  if (at.by === "symbol") return { names: { path: file.path, symbol: placeText({ at }) }, numbers: {} };
  const offset = at.by === "offset" ? at.offset : found;
  return {
    names: { path: file.path },
    numbers: {
      ...(offset === 0n ? {} : { offset: String(offset) }),
      ...(referenceCounter === 0n ? {} : { ref_ctr_offset: String(referenceCounter) }),
    },
  };
}

/** A place in a file, as it was found. */
export interface UserPlace {
  /** Where the file is. */
  readonly path: string;
  /** Whose root directory that is below. @default the agent's */
  readonly root?: ProcessRoot;
  readonly identity: FileIdentity;
  /** Of the instruction, in the file. */
  readonly offset: bigint;
  /** Of the counter that is raised, in the file; 0 for none. */
  readonly referenceCounter: bigint;
  /** Whether the program is one in Go, whose runtime moves stacks. @default false */
  readonly isGo?: boolean;
  /** Of an instruction that returns, in the same segment of the file, where the function is to return at once. @default none is known */
  readonly returnAt?: bigint | undefined;
  /** Of a static tracepoint; `undefined` in place of one that no program can read. */
  readonly usdtArguments: readonly (UsdtArgument | undefined)[] | undefined;
}
