/** @module The tables that scanners read: descriptors as layout.ts says. */
import {
  type FieldDescriptor,
  type MessageDescriptor,
  typeName,
  type ValueType,
} from "../description/descriptor.ts";
import {
  CLASS,
  CLASSES,
  FIELD,
  INT32,
  INT64,
  KIND,
  LIMITS,
  LONGEST_NAME,
  MESSAGE,
  MESSAGES,
  MOST_FIELDS,
  PLAIN,
  TYPE,
  UINT32,
  UINT64,
} from "./layout.ts";
import { bytesOf } from "./line.ts";

const VECTOR_BYTES = 16;
const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Names that JSON writes as they are. */
const PLAIN_NAME = /^[\w@.-]+$/;

/** Kinds of values without fields, and what they are made of; those that are not listed do not occur in events. */
const KINDS: { readonly [kind in ValueType["kind"]]?: readonly [kind: number, of: number] } = {
  string: [KIND.string, 0],
  bool: [KIND.bool, 0],
  bytes: [KIND.bytes, 0],
  int32: [KIND.integer, INT32],
  uint32: [KIND.integer, UINT32],
  int64: [KIND.integer, INT64],
  uint64: [KIND.integer, UINT64],
  timestamp: [KIND.timestamp, 0],
  enum: [KIND.enum, 0],
};

/** An event, and its types that the API lacks. */
export interface Root {
  readonly message: MessageDescriptor;
  /** Names of fields that hold what is as good as an event of a known type. */
  readonly added: Iterable<string>;
}

/** A scanner does not know which fields it has seen, so it cannot be sure where one is required. */
function isScannable(message: MessageDescriptor): boolean {
  if (message.fields.size > MOST_FIELDS) return false;
  return [...message.fields.values()].every(
    ({ name, presence }) =>
      presence === "nullish" && PLAIN_NAME.test(name) && name.length + 2 <= LONGEST_NAME,
  );
}

/** Writes {@link CLASSES} to the beginning of a memory. */
export function writeClasses(table: Uint8Array): void {
  const mark = (characters: string, bit: number) => {
    bytesOf(characters).forEach((is, byte) => {
      if (is === 1) table[CLASSES + byte]! |= bit;
    });
  };
  mark(DIGITS, CLASS.digit);
  mark('"\\/bfnrt', CLASS.escaped);
  mark(`${DIGITS}abcdefABCDEF`, CLASS.hex);
  mark(`${LETTERS}_`, CLASS.nameStart);
  mark(LETTERS + DIGITS, CLASS.base64);
  mark("+/", CLASS.base64Standard);
  mark("-_", CLASS.base64Url);
  for (let byte = 0; byte < 256; byte++) {
    const character = String.fromCharCode(byte);
    if (byte >= 0x80 || "{[e\\".includes(character) || /\s/.test(character))
      table[CLASSES + byte]! |= CLASS.documentStart;
  }
}

/** Writes the tables. */
class TableWriter {
  #bytes = new Uint8Array(32768);
  #end: number = MESSAGES;
  /** By message, and by what is in them for lists and maps. */
  readonly #addresses = new Map<unknown, number>();

  constructor() {
    writeClasses(this.#bytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  /** @returns Address of its type. */
  event({ message, added }: Root): number {
    const type = this.#reserve(TYPE.bytes);
    if (isScannable(message)) this.#message(message, added);
    this.#type(type, message);
    return type;
  }

  /** Room for so many bytes. @returns Its address. */
  #reserve(count: number): number {
    const address = this.#end;
    this.#end += count;
    if (this.#end > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return address;
  }

  #set(address: number, value: number): void {
    new DataView(this.#bytes.buffer).setUint32(address, value, true);
  }

  limits(address: number, lowest: bigint, highest: bigint): void {
    const encoder = new TextEncoder();
    const digits = (at: number, lengthAt: number, text: string) => {
      encoder.encodeInto(text, this.#bytes.subarray(address + at));
      this.#set(address + lengthAt, text.length);
    };
    digits(LIMITS.highest, LIMITS.highestLength, String(highest));
    if (lowest < 0n) digits(LIMITS.lowest, LIMITS.lowestLength, String(-lowest));
  }

  #message(message: MessageDescriptor, added: Iterable<string> | undefined): number {
    const known = this.#addresses.get(message);
    if (known !== undefined) return known;
    const fields = [...message.fields.values()];
    const extra = [...(added ?? [])];
    const address = this.#reserve(MESSAGE.fields + (fields.length + extra.length) * FIELD.bytes);
    this.#addresses.set(message, address);
    this.#set(address + MESSAGE.end, this.#end);
    this.#set(address + MESSAGE.isEvent, added === undefined ? 0 : 1);
    let at = address + MESSAGE.fields;
    const bits = new DataView(this.#bytes.buffer);
    for (let i = 0; i < fields.length; i++)
      bits.setBigUint64(at + i * FIELD.bytes + FIELD.bit, 1n << BigInt(i), true);
    for (const field of fields) {
      // An event has one type. Elsewhere a second member of a `oneof` is no way past a filter.
      this.#name(at, field.name, added !== undefined && field.oneof !== undefined);
      this.#fieldType(at + FIELD.type, field);
      this.#plain(at);
      at += FIELD.bytes;
    }
    for (const name of extra) {
      this.#name(at, name, true);
      this.#set(at + FIELD.type + TYPE.kind, KIND.any);
      at += FIELD.bytes;
    }
    return address;
  }

  #name(field: number, name: string, isAlternative: boolean): void {
    const length = name.length + 2;
    new TextEncoder().encodeInto(`"${name}"`, this.#bytes.subarray(field + FIELD.name, field + FIELD.mask));
    this.#bytes.fill(0xff, field + FIELD.mask, field + FIELD.mask + Math.min(VECTOR_BYTES, length));
    this.#set(field + FIELD.length, length);
    this.#set(field + FIELD.isAlternative, isAlternative ? 1 : 0);
  }

  /** Says whether the field at an address is a plain one. */
  #plain(field: number): void {
    const view = new DataView(this.#bytes.buffer);
    if (view.getUint32(field + FIELD.isAlternative, true) !== 0) return;
    const kind = view.getUint32(field + FIELD.type + TYPE.kind, true);
    const limits = view.getUint32(field + FIELD.type + TYPE.of, true);
    if (kind === KIND.string) this.#set(field + FIELD.plain, PLAIN.text);
    if (kind === KIND.timestamp) this.#set(field + FIELD.plain, PLAIN.time);
    if (kind !== KIND.integer) return;
    const digits = view.getUint32(limits + LIMITS.highestLength, true) - 1;
    this.#set(field + FIELD.plain, PLAIN.integer);
    this.#set(field + FIELD.safeDigits, Math.min(digits, VECTOR_BYTES - 1));
  }

  #fieldType(address: number, { cardinality, type }: FieldDescriptor): void {
    if (cardinality === "single") this.#type(address, type);
    else {
      this.#set(address + TYPE.kind, cardinality === "map" ? KIND.map : KIND.list);
      this.#set(address + TYPE.of, this.#itemType(type));
    }
  }

  /** Address of the type of items. */
  #itemType(type: ValueType): number {
    const key = `items of ${typeName(type)}`;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address = this.#reserve(TYPE.bytes);
    this.#addresses.set(key, address);
    this.#type(address, type);
    return address;
  }

  #type(address: number, type: ValueType): void {
    const [kind, of] =
      type.kind === "message" && isScannable(type)
        ? [KIND.message, this.#message(type, undefined)]
        : (KINDS[type.kind] ?? [KIND.nothing, 0]);
    this.#set(address + TYPE.kind, kind);
    this.#set(address + TYPE.of, of);
  }
}

/** The beginning of a scanner's memory. */
export interface ScanTable {
  readonly bytes: Uint8Array;
  /** Address of the event's type. */
  readonly event: number;
}

/** The table of an event. */
export function scanTable(root: Root): ScanTable {
  const writer = new TableWriter();
  writer.limits(INT32, -(2n ** 31n), 2n ** 31n - 1n);
  writer.limits(UINT32, 0n, 2n ** 32n - 1n);
  writer.limits(INT64, -(2n ** 63n), 2n ** 63n - 1n);
  writer.limits(UINT64, 0n, 2n ** 64n - 1n);
  const event = writer.event(root);
  return { bytes: writer.bytes, event };
}
