/** @module The tables that the transcoder's program reads: descriptors as layout.ts says. */
import {
  camelName,
  EnumDescriptor,
  type FieldDescriptor,
  field,
  type MessageDescriptor,
  type ValueType,
} from "../../../event/description/descriptor.ts";
import { snakeName } from "../../../event/edit/names.ts";
import { writeClasses } from "../../../event/scan/table.ts";
import { UNKNOWN_FIELDS } from "../unknown.ts";
import { WIRE } from "../wire.ts";
import {
  BASE64,
  DAYS_BEFORE,
  DESCRIPTORS,
  ENTRY,
  GROUP,
  HEX,
  KIND,
  LIMITS,
  LINE,
  LONGEST_NAME,
  MAP_KEY,
  MOST_FIELDS,
  NO_DIGIT,
  UNESCAPED,
  VALUE,
} from "./layout.ts";

const VECTOR_BYTES = 16;
/** Those of a tag that a word holds. */
const MOST_TAG_BYTES = 4;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const MONTH_STARTS = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Lowest and highest of each kind of integer. */
const INTEGERS: { readonly [kind in ValueType["kind"]]?: readonly [bigint, bigint] } = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** Kinds without anything to look up, and how they stand in a message. */
const PLAIN_KINDS: { readonly [kind in ValueType["kind"]]?: readonly [kind: number, wire: number] } = {
  string: [KIND.text, WIRE.bytes],
  bytes: [KIND.bytes, WIRE.bytes],
  bool: [KIND.bool, WIRE.varint],
  timestamp: [KIND.timestamp, WIRE.bytes],
};

/** What came as protobuf and has no name in JSON is looked at closely. */
const KEPT_FIELDS = field(UNKNOWN_FIELDS, 1, "any");

/** A value, as it is written. */
interface Value {
  readonly kind: number;
  readonly of?: number;
  /** Of its tag; `undefined` for one without. */
  readonly number?: number | undefined;
  readonly wire?: number;
  readonly keepsDefault?: boolean;
}

/** Writes the tables. */
class TableWriter {
  readonly #bytes = new Uint8Array(LINE);
  readonly #view = new DataView(this.#bytes.buffer);
  #end: number = DESCRIPTORS;
  /** By kind of integer, message, enum. */
  readonly #addresses = new Map<unknown, number>();

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  /** What is the same for all messages. */
  constants(): void {
    const bytes = this.#bytes;
    writeClasses(bytes);
    for (const [character, byte] of Object.entries(JSON_ESCAPES)) {
      bytes[UNESCAPED + character.charCodeAt(0)] = byte.charCodeAt(0);
    }
    bytes.fill(NO_DIGIT, HEX, HEX + 256).fill(NO_DIGIT, BASE64, BASE64 + 256);
    const number = (table: number, characters: string, from = 0) => {
      for (let i = 0; i < characters.length; i++) bytes[table + characters.charCodeAt(i)] = from + i;
    };
    number(HEX, `${DIGITS}abcdef`);
    number(HEX, "ABCDEF", 10);
    number(BASE64, `${LETTERS}${DIGITS}+/`);
    number(BASE64, "-_", 62);
    MONTH_STARTS.forEach((days, month) => {
      this.#set(DAYS_BEFORE + 4 * month, days);
    });
    this.#put(MAP_KEY, this.#typed({ kind: "string" }, 1, true));
  }

  /** @returns Address of its group. */
  event(message: MessageDescriptor): number {
    return this.#message(message, true);
  }

  /** Room for so many bytes. @returns Its address. */
  #reserve(count: number): number {
    const address = this.#end;
    this.#end += count;
    if (this.#end > this.#bytes.length) throw new RangeError("The tables of the transcoder have no room");
    return address;
  }

  #set(address: number, value: number): void {
    this.#view.setUint32(address, value, true);
  }

  /** The address of what is written for `key`; written when it is first asked for. */
  #once(key: unknown, write: () => number): number {
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address = write();
    this.#addresses.set(key, address);
    return address;
  }

  #limits(kind: string, [lowest, highest]: readonly [bigint, bigint]): number {
    return this.#once(kind, () => {
      const address = this.#reserve(LIMITS.bytes);
      this.#view.setBigUint64(address + LIMITS.highest, highest, true);
      this.#view.setBigUint64(address + LIMITS.lowest, -lowest, true);
      return address;
    });
  }

  #message(message: MessageDescriptor, isEvent: boolean): number {
    return this.#once(message, () => {
      const fields = [...message.fields.values(), KEPT_FIELDS];
      if (fields.length > MOST_FIELDS) throw new RangeError(`${message.name} has too many fields`);
      const names = new Map(fields.map((field, i) => [field.name, i]));
      // What is known under protobuf's other name comes last: few write it.
      fields.forEach(({ name }, i) => {
        const other = camelName(name);
        if (snakeName(other) === name && !names.has(other)) names.set(other, i);
      });
      // What its fields are made of comes before it: a message within itself would have no end here.
      const values = fields.map((field) => this.#valueOf(field));
      return this.#group([...names.keys()], (entry, name) => {
        const i = names.get(name)!;
        this.#set(entry + ENTRY.isType, isEvent && fields[i]!.oneof !== undefined ? 1 : 0);
        this.#view.setBigUint64(entry + ENTRY.bit, 1n << BigInt(i), true);
        this.#put(entry + ENTRY.value, values[i]!);
      });
    });
  }

  #enum({ name, table }: EnumDescriptor): number {
    return this.#once(name, () =>
      this.#group(Object.keys(table), (entry, value) => {
        if (table[value]! < 0) throw new RangeError(`${name}.${value} is below 0`);
        this.#set(entry + ENTRY.number, table[value]!);
      }),
    );
  }

  #group(names: readonly string[], fill: (entry: number, name: string) => void): number {
    const address = this.#reserve(GROUP.entries + names.length * ENTRY.bytes);
    this.#set(address + GROUP.end, this.#end);
    this.#set(address + GROUP.next, address + GROUP.entries);
    this.#set(address + GROUP.lengthBytes, 1);
    names.forEach((name, i) => {
      const entry = address + GROUP.entries + i * ENTRY.bytes;
      const text = Buffer.from(JSON.stringify(name));
      if (text.length > LONGEST_NAME) throw new RangeError(`The name ${name} is too long`);
      this.#bytes.set(text, entry + ENTRY.name);
      const mask = entry + ENTRY.mask;
      this.#bytes.fill(0xff, mask, mask + Math.min(text.length, VECTOR_BYTES));
      this.#set(entry + ENTRY.length, text.length);
      fill(entry, name);
    });
    return address;
  }

  /** How a field is written. What its value is made of is written to the tables. */
  #valueOf({ number, type, cardinality, key, isWrapped, oneof }: FieldDescriptor): Value {
    if (number === undefined) return { kind: KIND.ignored };
    const bytes = { number, wire: WIRE.bytes };
    if (cardinality === "map") {
      if (key !== "string") return { kind: KIND.unsure };
      return { ...bytes, kind: KIND.map, of: this.#add(this.#typed(type, 2, true)) };
    }
    if (cardinality === "repeated") {
      const isNumber = type.kind in INTEGERS || type.kind === "enum" || type.kind === "bool";
      if (isNumber) return { ...bytes, kind: KIND.packed, of: this.#add(this.#typed(type, undefined, true)) };
      return { kind: KIND.list, of: this.#add(this.#typed(type, number, true)) };
    }
    if (isWrapped) return { ...bytes, kind: KIND.wrapper, of: this.#add(this.#typed(type, 1, false)) };
    return this.#typed(type, number, oneof !== undefined);
  }

  /** How one value of a type is written. */
  #typed(type: ValueType, number: number | undefined, keepsDefault: boolean): Value {
    const place = { number, keepsDefault };
    if (type.kind === "message") {
      return { ...place, kind: KIND.message, wire: WIRE.bytes, of: this.#message(type, false) };
    }
    const varint = { ...place, wire: WIRE.varint };
    if (type instanceof EnumDescriptor) return { ...varint, kind: KIND.enum, of: this.#enum(type) };
    const limits = INTEGERS[type.kind];
    if (limits !== undefined) {
      return { ...varint, kind: KIND.integer, of: this.#limits(type.kind, limits) };
    }
    const [kind, wire] = PLAIN_KINDS[type.kind] ?? [KIND.unsure, WIRE.bytes];
    return { ...place, kind, wire };
  }

  #add(value: Value): number {
    const address = this.#reserve(VALUE.bytes);
    this.#put(address, value);
    return address;
  }

  #put(address: number, { kind, of = 0, number, wire = 0, keepsDefault = false }: Value): void {
    this.#set(address + VALUE.kind, kind);
    this.#set(address + VALUE.of, of);
    this.#bytes[address + VALUE.keepsDefault] = keepsDefault ? 1 : 0;
    if (number === undefined) return;
    const tag = address + VALUE.tag;
    let count = 0;
    let rest = (number << 3) | wire;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[tag + count++] = (rest & 0x7f) | 0x80;
    this.#bytes[tag + count++] = rest;
    if (count > MOST_TAG_BYTES) throw new RangeError(`The field number ${number} is too large`);
    this.#bytes[address + VALUE.tagBytes] = count;
  }
}

/** What stands for a character after a backslash. */
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** The beginning of the transcoder's memory. */
export interface TranscodeTable {
  readonly bytes: Uint8Array;
  /** Address of the event's group. */
  readonly event: number;
}

/**
 * The tables of an event.
 * @throws RangeError when a message has more than there is room for, or has itself within.
 */
export function transcodeTable(message: MessageDescriptor): TranscodeTable {
  const writer = new TableWriter();
  writer.constants();
  const event = writer.event(message);
  return { bytes: writer.bytes, event };
}
