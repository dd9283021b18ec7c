/**
 * @module Structs that the kernel takes, described: the fields' names, offsets and kinds as its headers have them.
 *
 * ```ts
 * const RAW_TRACEPOINT = defineStruct({ name: [0, "pointer"], prog_fd: [8, "u32"] });
 * withStruct(RAW_TRACEPOINT, { prog_fd: 7 }, (bytes) => systemCall("bpf", SYS_BPF, 17, bytes, bytes.length));
 * ```
 */
import { ptr } from "bun:ffi";

/** Bytes of each kind of field. */
export const FIELD_SIZE = { u32: 4, u64: 8, pointer: 8, name: 16 } as const;

/**
 * `u32` and `u64` are numbers, `pointer` the address of memory or of C's `char *[]`, `name` what the kernel calls an
 * object by (`BPF_OBJ_NAME_LEN` bytes, the final NUL included).
 */
export type FieldKind = keyof typeof FIELD_SIZE;

/** Offset and kind of each field. */
export type StructFields = Readonly<Record<string, readonly [offset: number, kind: FieldKind]>>;

type FieldValue<K extends FieldKind> = K extends "u32"
  ? number
  : K extends "u64"
    ? bigint
    : K extends "pointer"
      ? Uint8Array | readonly string[]
      : string;

type AnyValue = number | bigint | string | Uint8Array | readonly string[];

/** What the fields are to hold. A field that is left out is 0. */
export type StructValues<F extends StructFields> = {
  readonly [K in keyof F]?: FieldValue<F[K][1]> | undefined;
};

/** A described struct. */
export interface StructLayout<F extends StructFields = StructFields> {
  readonly fields: F;
  /** Bytes, up to the end of the last field that is described, a multiple of 8. */
  readonly size: number;
}

/** A struct as the kernel takes it. Whoever passes it on keeps all of it, also the memory that it points to. */
export interface EncodedStruct {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Memory that the struct points to. JavaScript's garbage collector does not see those pointers. */
  readonly memory: readonly Uint8Array[];
}

/** Describes a struct. */
export function defineStruct<const F extends StructFields>(fields: F): StructLayout<F> {
  const ends = Object.values(fields).map(([offset, kind]) => offset + FIELD_SIZE[kind]);
  return { fields, size: Math.ceil(Math.max(...ends) / 8) * 8 };
}

/** Writes the struct. */
export function encodeStruct<F extends StructFields>(
  layout: StructLayout<F>,
  values: StructValues<F>,
): EncodedStruct {
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  const memory: Uint8Array[] = [];
  const putPointer = (offset: number, to: Uint8Array): void => {
    if (to.length === 0) return;
    memory.push(to);
    view.setBigUint64(offset, BigInt(ptr(to)), true);
  };
  for (const [name, value] of Object.entries(values) as [string, AnyValue | undefined][]) {
    if (value === undefined) continue;
    const [offset] = layout.fields[name]!;
    if (typeof value === "number") view.setUint32(offset, value, true);
    else if (typeof value === "bigint") view.setBigUint64(offset, value, true);
    else if (typeof value === "string") putName(bytes, offset, value);
    else if (value instanceof Uint8Array) putPointer(offset, value);
    else putPointer(offset, pointersTo(value, memory));
  }
  return { bytes, memory };
}

/** What the kernel reads or writes at this moment. */
const inUse = new Set<EncodedStruct>();

/** Writes the struct, and keeps it and what it points to until `use` is done. */
export function withStruct<F extends StructFields, T>(
  layout: StructLayout<F>,
  values: StructValues<F>,
  use: (bytes: Uint8Array<ArrayBuffer>) => T,
): T {
  const struct = encodeStruct(layout, values);
  inUse.add(struct);
  try {
    return use(struct.bytes);
  } finally {
    inUse.delete(struct);
  }
}

/** Writes a name as the kernel takes it: at most 15 of `[A-Za-z0-9_.]`, the rest left out. */
function putName(bytes: Uint8Array, offset: number, name: string): void {
  const allowed = name.replaceAll(/[^A-Za-z0-9_.]/g, "_").slice(0, FIELD_SIZE.name - 1);
  for (let i = 0; i < allowed.length; i++) bytes[offset + i] = allowed.charCodeAt(i);
}

/** A text as C has it. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** C's `char *[]`. What the pointers refer to is added to `memory`. */
function pointersTo(texts: readonly string[], memory: Uint8Array[]): Uint8Array {
  const joined = cString(texts.join("\0"));
  memory.push(joined);
  const pointers = new BigUint64Array(texts.length);
  let at = BigInt(ptr(joined));
  for (const [index, text] of texts.entries()) {
    pointers[index] = at;
    at += BigInt(Buffer.byteLength(text) + 1);
  }
  return new Uint8Array(pointers.buffer);
}
