/**
 * @module What a type of arguments is to the compiler: how it is read, what conditions find of it, and how an event prints
 * it. The first two run in the kernel and the last one here, so that all there is to know of a type stands in one place.
 */
import type { HeldRegister, RegisterOperand } from "../../../kernel/asm/index.ts";
import { type Pointer, type ProgramBuilder, type Scalar, untyped } from "../../../kernel/program/index.ts";
import type { FieldPlace, Fields } from "../../../kernel/record/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import type { IntegerLocation, ValueLocation } from "../../condition/index.ts";
import type { Region } from "../scratch.ts";

/** A type. */
export interface ArgumentReader<F extends Fields = Fields> {
  /** What has a fixed size, in the scratch and in records. */
  readonly fields: F;
  /** What has not. */
  readonly bytes?: {
    /** Whether they are built from their end, as paths are. */
    readonly isFromEnd: boolean;
    /** Bytes that may be written behind them. */
    readonly slack: number;
  };
  /** Of an integer: what conditions find where the argument itself lies, so that it need not be read. */
  readonly inPlace?: Omit<IntegerLocation, "place">;
  /** Of an open file. */
  readonly file?: FileFinder;
  /** Adds the code that reads it. */
  read(target: ReadTarget<F>): void;
  /** What conditions find of it, once it was read. */
  location(target: ReadTarget<F>): ValueLocation;
  /** The members of `KprobeArgument`: of one, of several that are one value here, or of none. */
  value(view: ReadingView<F>): JsonObject | readonly JsonObject[] | undefined;
}

/** Where an argument is that leads to a file. */
export type FileTarget = Pick<ReadTargetSettings<Fields>, "builder" | "value" | "failed"> & {
  readonly hasTypedTask: boolean;
};

/** Finds a file whose path is all that conditions look at. */
export interface FileFinder {
  /** Adds the code that finds its `struct path`. */
  find(target: FileTarget): Pointer;
  /** Whether the argument is the number that the process has it open under. */
  readonly isDescriptor: boolean;
}

/** {@link ArgumentReader.bytes} that are built from their beginning, with a NUL behind them or nothing. */
export const PLAIN_BYTES = { isFromEnd: false, slack: 1 } as const;

/** Gives a reader its types. */
export function defineReader<const F extends Fields>(reader: ArgumentReader<F>): ArgumentReader {
  return reader as unknown as ArgumentReader;
}

/** The reader of an argument that is itself a number of 32 bits, which conditions do not look at. @param print Makes the members. */
export function numberReader(print: (value: number) => JsonObject): ArgumentReader {
  return defineReader({
    fields: { value: "u32" },
    read(target) {
      target.builder.loadSlot("r1", target.value);
      target.store("value", "r1");
    },
    location: () => ({}),
    value: (view) => print(view.number("value")),
  });
}

/** What was read of an argument, in a record. Numbers of 64 bits are `bigint`. */
export interface ReadingView<F extends Fields = Fields> {
  number(field: keyof F & string): number;
  wide(field: keyof F & string): bigint;
  /** A view of the ring's memory. */
  readonly bytes: Uint8Array;
  /** What was sent apart under a name, from byte `position` on, as far as nothing is missing. */
  beyond(data: bigint, position: number): readonly Uint8Array[];
}

/** What a {@link ReadTarget} is made of. */
export interface ReadTargetSettings<F extends Fields> {
  readonly builder: ProgramBuilder;
  /** The scratch's address. */
  readonly scratch: HeldRegister;
  readonly fields: { readonly [K in keyof F]: FieldPlace };
  readonly region: Region | undefined;
  /** Where the argument is, on the stack. */
  readonly value: Scalar;
  /** How many bytes a buffer has, on the stack. */
  readonly size: Scalar | undefined;
  /** Whether addresses are the process's own. */
  readonly isUserMemory: boolean;
  /** Bytes of an array that the program is given; else `undefined`. */
  readonly sourceSize: number | undefined;
  /** Whether the program may have the running task as a pointer of a known type. @default false */
  readonly hasTypedTask?: boolean;
  /** Where the program goes on when the argument cannot be read. */
  readonly failed: string;
}

/** Where an argument is, and where it goes. */
export class ReadTarget<F extends Fields = Fields> {
  readonly builder: ProgramBuilder;
  readonly scratch: HeldRegister;
  readonly value: Scalar;
  readonly size: Scalar | undefined;
  readonly isUserMemory: boolean;
  readonly sourceSize: number | undefined;
  readonly hasTypedTask: boolean;
  readonly failed: string;
  readonly #settings: ReadTargetSettings<F>;
  readonly #fields: ReadTargetSettings<F>["fields"];
  readonly #region: Region | undefined;

  constructor(settings: ReadTargetSettings<F>) {
    this.#settings = settings;
    this.builder = settings.builder;
    this.scratch = settings.scratch;
    this.value = settings.value;
    this.size = settings.size;
    this.isUserMemory = settings.isUserMemory;
    this.sourceSize = settings.sourceSize;
    this.hasTypedTask = settings.hasTypedTask ?? false;
    this.failed = settings.failed;
    this.#fields = settings.fields;
    this.#region = settings.region;
  }

  /** The same with the scratch's address in another register: in a subprogram. */
  in(scratch: HeldRegister): ReadTarget<F> {
    return new ReadTarget({ ...this.#settings, scratch });
  }

  /** The bytes of variable length. @throws RangeError when the type has none. */
  get region(): Region {
    if (this.#region === undefined) throw new RangeError("Cannot find bytes: the type has none");
    return this.#region;
  }

  /** Where a field lies in the scratch. */
  field(name: keyof F & string): FieldPlace {
    return this.#fields[name];
  }

  /** Where conditions find a field. */
  memory(name: keyof F & string) {
    const { offset, size } = this.field(name);
    return { base: this.scratch, offset, size };
  }

  /** `field` = a number. */
  store(name: keyof F & string, value: RegisterOperand | number): void {
    const { offset, size } = this.field(name);
    this.builder.asm.note(name).store(size, this.scratch, offset, value);
  }

  /** `field` = the member at `path`. A member that is narrower than its field is zero-extended. */
  copy(name: keyof F & string, from: Pointer, path: string): void {
    const { asm, types } = this.builder;
    const member = types.member(from.struct, path);
    const place = this.field(name);
    if (member.bits !== undefined) {
      this.builder.load("r1", from, path, name);
      this.store(name, "r1");
      return;
    }
    if (member.size > place.size)
      throw new RangeError(`Cannot put ${member.text} into "${name}": ${member.size} > ${place.size} bytes`);
    asm.note(`${name} = ${member.text}`);
    const base = this.builder.chase(from, member.hops);
    if (member.size < place.size) asm.store(place.size, this.scratch, place.offset, 0);
    this.builder.setSource(base, member.offset);
    asm
      .set("r1", this.scratch)
      .alu("r1", "+=", place.offset)
      .set("r2", member.size)
      .call("probe_read_kernel");
  }

  /** `first` and the fields behind it = the member at `path`, all of it. */
  copyAll(first: keyof F & string, from: Pointer, path: string): void {
    const { asm, types } = this.builder;
    const member = types.member(from.struct, path);
    asm.note(`${first}... = ${member.text}`);
    this.builder.setSource(this.builder.chase(from, member.hops), member.offset);
    asm.set("r1", this.scratch).alu("r1", "+=", this.field(first).offset);
    asm.set("r2", member.size).call("probe_read_kernel");
  }

  /** The argument as a pointer to a struct; goes to {@link failed} where it is null. */
  pointer(struct: string): Pointer {
    return pointerTo(struct, this);
  }
}

/** The argument as a pointer to a struct; goes to `failed` where it is null. */
export function pointerTo(
  struct: string,
  { builder, value, failed }: Pick<FileTarget, "builder" | "value" | "failed">,
): Pointer {
  builder.asm.load(8, "r1", "r10", value.slot).jumpIf("r1", "==", 0, failed);
  return untyped({ name: struct, struct, slot: value.slot, offset: 0 });
}
