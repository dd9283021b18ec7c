/**
 * @module Compiles descriptors into encoders: objects, as `JSON.parse` makes them, to protobuf's binary form.
 *
 * The code takes the keys of an object one by one: each reads its value at a known place, whatever the object's shape, and
 * what is unknown shows by itself.
 */
import {
  type FieldDescriptor,
  type MessageDescriptor,
  typeName,
  type ValueType,
} from "../../event/description/descriptor.ts";
import { GeneratedFunctions } from "../../lib/generated-functions.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { formOf, HELPERS, tag } from "./encoder-forms.ts";
import type { UnknownFields } from "./unknown.ts";
import { WIRE, type WritableBuffer } from "./wire.ts";

/**
 * Writes the fields of `value` at `at`.
 * @returns The offset after it; beyond the end of `b` when that had no room.
 * @throws UnencodableError when a known field is of another type; RoundedNumberError when `JSON.parse` lost digits.
 */
export type MessageEncoder = (value: JsonObject, b: WritableBuffer, at: number) => number;

class Generator {
  readonly code = new GeneratedFunctions();
  readonly #unknown: UnknownFields;

  constructor(unknown: UnknownFields) {
    this.#unknown = unknown;
  }

  source(root: MessageDescriptor): string {
    const name = this.#message(root);
    return `"use strict";\n${this.code.source}\nreturn ${name};`;
  }

  /** The function that writes a message's fields. */
  #message(message: MessageDescriptor): string {
    return this.code.function(message.name, (name) => {
      const cases = [...message.fields.values()].map(
        (field) => `    case ${JSON.stringify(field.name)}:
      ${field.number === undefined ? "" : `if (x !== null && x !== undefined) { ${this.#field(message, field)} }`}
      break;
`,
      );
      const unknown = this.code.constant(this.#unknown);
      return `function ${name}(o, b, p) {
  let s, u = false;
  for (const key in o) {
    let x = o[key];
    switch (key) {
${cases.join("")}    default: u = true;
    }
  }
  return u ? takeUnknown(${unknown}, ${this.code.constant(message)}, o, b, p) : p;
}`;
    });
  }

  /** Statements that write the value `x` of a field. */
  #field(message: MessageDescriptor, field: FieldDescriptor): string {
    const failure = `fail(${JSON.stringify(`${message.name}.${field.name}`)})`;
    const { number, type, cardinality } = field;
    if (cardinality === "map") return this.#map(field, failure);
    if (cardinality === "repeated") return this.#list(field, failure);
    if (field.isWrapped) return this.#wrapped(number!, type, failure);
    if (type.kind === "message") return this.#nested(number!, type, failure);
    const form = formOf(type);
    const write = `${tag(number!, form.wire)} p = ${form.write};`;
    const isAlways = field.oneof !== undefined || form.isDefault === "false";
    if (type.kind === "enum")
      return this.#enum(type, isAlways ? write : `if (x !== 0) { ${write} }`, failure);
    return `${form.check(failure)} ${isAlways ? write : `if (!(${form.isDefault})) { ${write} }`}`;
  }

  /** Statements that make the number of the enum's value `x`, and then do `use`. A name that nobody knows is passed over. */
  #enum(type: Extract<ValueType, { kind: "enum" }>, use: string, failure: string): string {
    const numbers = this.code.constant(this.#numbersOf(type));
    return `if (typeof x === "string") x = ${numbers}.get(x);
    else if (typeof x !== "number" || (x | 0) !== x) ${failure};
    if (x === undefined) ${this.code.constant(this.#unknown)}.fields++; else { ${use} }`;
  }

  readonly #enums = new Map<string, ReadonlyMap<string, number>>();

  #numbersOf({ name, table }: Extract<ValueType, { kind: "enum" }>): ReadonlyMap<string, number> {
    let numbers = this.#enums.get(name);
    if (numbers === undefined) {
      numbers = new Map(Object.entries(table));
      this.#enums.set(name, numbers);
    }
    return numbers;
  }

  /** A wrapper is a message whose one field is number 1. */
  #wrapped(number: number, type: ValueType, failure: string): string {
    const form = formOf(type);
    const value = `${tag(1, form.wire)} p = ${form.write};`;
    return `${form.check(failure)} ${tag(number, WIRE.bytes)}
    s = p++;
    if (!(${form.isDefault})) { ${value} }
    p = finish(b, s, 1, p);`;
  }

  /** As many bytes are left for the length as the last message of the type took. */
  #nested(number: number, type: MessageDescriptor, failure: string): string {
    const name = this.#message(type);
    return `if (!isObject(x)) ${failure};
    ${tag(number, WIRE.bytes)}
    p = ${this.#sized(name)}(x, b, p);`;
  }

  #sized(name: string): string {
    return this.code.function(
      `sized ${name}`,
      (self) => `let ${self}r = 1;
function ${self}(o, b, s) {
  const r = ${self}r;
  const e = ${name}(o, b, s + r);
  const l = e - s - r;
  if (r === 1 && l < 128) { b[s] = l; return e; }
  if (r === 2 && l > 127 && l < 16384) { b[s] = (l & 127) | 128; b[s + 1] = l >>> 7; return e; }
  const p = finish(b, s, r, e);
  ${self}r = p - s - l;
  return p;
}`,
    );
  }

  #list(field: FieldDescriptor, failure: string): string {
    const { number, type } = field;
    let body: string;
    let head = "";
    let tail = "";
    if (type.kind === "message") {
      body = this.#nested(number!, type, failure);
    } else {
      const form = formOf(type);
      // Numbers stand together, without tags.
      const isPacked = form.wire === WIRE.varint;
      if (isPacked) {
        head = `if (x.length === 0) return p; ${tag(number!, WIRE.bytes)} const s = p++;`;
        tail = "p = finish(b, s, 1, p);";
      }
      const write = `${isPacked ? "" : tag(number!, form.wire)} p = ${form.write};`;
      body = type.kind === "enum" ? this.#enum(type, write, failure) : `${form.check(failure)} ${write}`;
    }
    const name = this.code.function(
      `list ${number} of ${typeName(type)}`,
      (self) => `function ${self}(x, b, p) {
  const list = x;
  ${head}
  for (let i = 0, n = list.length; i < n; i++) {
    x = list[i];
    ${body}
  }
  ${tail}
  return p;
}`,
    );
    return `if (!Array.isArray(x)) ${failure}; p = ${name}(x, b, p);`;
  }

  /** Each entry is a message: its key is field 1, its value field 2. */
  #map(field: FieldDescriptor, failure: string): string {
    const { number, type, key } = field;
    if (key !== "string") throw new TypeError(`Cannot compile an encoder: no map of ${key}`);
    const form = type.kind === "message" ? undefined : formOf(type);
    const value =
      type.kind === "message"
        ? this.#nested(2, type, failure)
        : type.kind === "enum"
          ? this.#enum(type, `${tag(2, WIRE.varint)} p = ${form!.write};`, failure)
          : `${form!.check(failure)} ${tag(2, form!.wire)} p = ${form!.write};`;
    const name = this.code.function(
      `map ${number} of ${typeName(type)}`,
      (self) => `function ${self}(o, b, p) {
  for (const key in o) {
    let x = o[key];
    ${tag(number!, WIRE.bytes)}
    const s = p++;
    ${tag(1, WIRE.bytes)} p = writeString(b, p, key);
    ${value}
    p = finish(b, s, 1, p);
  }
  return p;
}`,
    );
    return `if (!isObject(x)) ${failure}; p = ${name}(x, b, p);`;
  }
}

/**
 * Compiles `message` into its encoder.
 * @param unknown Counts what the encoder passes over.
 * @throws TypeError when a field is of a kind that has no binary form here.
 */
export function compileEncoder(message: MessageDescriptor, unknown: UnknownFields): MessageEncoder {
  const generator = new Generator(unknown);
  const source = generator.source(message);
  return generator.code.compile(source, HELPERS) as MessageEncoder;
}
