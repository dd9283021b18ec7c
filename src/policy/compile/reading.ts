/** @module What a program reads: each argument once, however many entries and conditions ask for it. */

import type { FieldPlace } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Argument } from "../policy.ts";
import { ARGUMENT_READERS, type ArgumentReader } from "./argument/index.ts";
import { LONGEST_BYTES, type Region, type Scratch } from "./scratch.ts";

/** Whether an argument was read: in the scratch, and in a record. */
export const READING_STATE = { unread: 0, read: 1, failed: 2 } as const;

/** A value that is read. */
export interface Reading {
  /** Position among the program's. */
  readonly index: number;
  readonly argument: Argument;
  readonly reader: ArgumentReader;
  /** Where in the scratch one of {@link READING_STATE} is, a byte. */
  readonly state: number;
  readonly fields: Readonly<Record<string, FieldPlace>>;
  readonly region: Region | undefined;
}

/** The readings of a program. */
export class Readings {
  readonly all: Reading[] = [];
  readonly #scratch: Scratch;
  readonly #byKey = new Map<string, Reading>();

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /**
   * The reading of an argument: that of another one, where it is the same value.
   * @throws TetradError `unsupported` when the type cannot be read.
   */
  of(argument: Argument): Reading {
    const key = keyOf(argument);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const reading = this.#add(argument);
    this.#byKey.set(key, reading);
    this.all.push(reading);
    return reading;
  }

  #add(argument: Argument): Reading {
    const reader = ARGUMENT_READERS[argument.type];
    if (reader === undefined)
      throw new TetradError("unsupported", `Cannot read an argument of type "${argument.type}" yet`);
    if (argument.resolve !== undefined)
      throw new TetradError("unsupported", `Cannot resolve "${argument.resolve.steps.join(".")}" yet`);
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
      state: scratch.field(1),
      fields,
      region: reader.bytes === undefined ? undefined : scratch.region(LONGEST_BYTES, reader.bytes),
    };
  }
}

const FIELD_SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/** What two arguments have in common that are one value. */
function keyOf({ source, type, resolve, sizeIndex, isReadAtReturn, isLong }: Argument): string {
  return JSON.stringify([source, type, resolve, sizeIndex, isReadAtReturn, isLong]);
}
