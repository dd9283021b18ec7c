/** @module What a program reads: each argument once, however many entries and conditions ask for it. */

import type { Btf } from "../../kernel/btf/index.ts";
import type { FieldPlace } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Argument, HookTarget, MemberWay } from "../policy.ts";
import { type ArgumentReader, readerOf } from "./argument/index.ts";
import { type ResolvedWay, resolveWay } from "./resolve.ts";
import { LONGEST_BYTES, type Region, type Scratch } from "./scratch.ts";

/** Whether an argument was read: in the scratch, and in a record. */
export const READING_STATE = {
  unread: 0,
  read: 1,
  /** Also, plus `n`, where the `n`th pointer of its way leads nowhere. */
  failed: 2,
} as const;

/** A value that is read. */
export interface Reading {
  /** Position among the program's. */
  readonly index: number;
  readonly argument: Argument;
  readonly reader: ArgumentReader;
  /** From what the program is given to the value. */
  readonly way: ResolvedWay | undefined;
  /** Where in the scratch one of {@link READING_STATE} is, a byte. */
  readonly state: number;
  readonly fields: Readonly<Record<string, FieldPlace>>;
  readonly region: Region | undefined;
}

/** Knows where ways begin. */
export interface WayStarts {
  /** The type that a way begins with, and the types that it is one of; `undefined` where that is not known. */
  startOf(
    target: HookTarget,
    from: Exclude<Argument["source"], { kind: "register" }>,
    way: MemberWay,
  ): { readonly btf: Btf; readonly type: number } | undefined;
}

/** The readings of a program. */
export class Readings {
  readonly all: Reading[] = [];
  readonly #scratch: Scratch;
  readonly #starts: WayStarts;
  readonly #byKey = new Map<string, Reading>();

  constructor(scratch: Scratch, starts: WayStarts) {
    this.#scratch = scratch;
    this.#starts = starts;
  }

  /**
   * The reading of an argument: that of another one, where it is the same value.
   * @param target What the hook is on.
   * @throws TetradError `unsupported` when the type cannot be read.
   */
  of(argument: Argument, target: HookTarget): Reading {
    const key = keyOf(argument);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const reading = this.#add(argument, target);
    this.#byKey.set(key, reading);
    this.all.push(reading);
    return reading;
  }

  #add(argument: Argument, target: HookTarget): Reading {
    const reader = readerOf(argument);
    const scratch = this.#scratch;
    const fields: Record<string, FieldPlace> = {};
    for (const [name, type] of Object.entries(reader.fields)) {
      const size = FIELD_SIZES[type];
      fields[name] = { offset: scratch.field(size), size };
    }
    return {
      index: this.all.length,
      argument,
      reader,
      way: this.#wayOf(argument, reader, target),
      state: scratch.field(1),
      fields,
      region: reader.bytes === undefined ? undefined : scratch.region(LONGEST_BYTES, reader.bytes),
    };
  }

  #wayOf({ resolve, source }: Argument, reader: ArgumentReader, target: HookTarget): ResolvedWay | undefined {
    if (resolve === undefined) return undefined;
    const start = source.kind === "register" ? undefined : this.#starts.startOf(target, source, resolve);
    if (start === undefined)
      throw new TetradError(
        "unsupported",
        `Cannot resolve "${resolve.steps.join(".")}": its beginning has no type`,
      );
    return resolveWay(start.btf, start.type, resolve.steps, { isNumber: reader.inPlace !== undefined });
  }
}

const FIELD_SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/** What two arguments have in common that are one value. */
function keyOf({ source, type, resolve, sizeIndex, isReadAtReturn, isLong }: Argument): string {
  return JSON.stringify([source, type, resolve, sizeIndex, isReadAtReturn, isLong]);
}
