/**
 * @module Compiles descriptors into decoders: protobuf's binary form to objects, of which `JSON.stringify` makes Tetragon's
 * JSON.
 *
 * A message that stands twice is merged, of a scalar the last one counts, and a member of a `oneof` takes the place of
 * another, all as protobuf has it. Fields come in the order in which they stand; those of a `oneof`, which Go writes
 * last, come first: the event before `node_name`.
 */
import {
  type FieldDescriptor,
  type MessageDescriptor,
  typeName,
  type ValueType,
} from "../../event/description/descriptor.ts";
import { GeneratedFunctions } from "../../lib/generated-functions.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { durationText, timestampText } from "./json-form.ts";
import { WIRE } from "./wire.ts";
import type { WireReader } from "./wire-reader.ts";

/**
 * Reads the fields `[start, end)` of a message into `object`, or into a new one.
 * @throws MalformedMessageError
 */
export type MessageDecoder = (start: number, end: number, object?: JsonObject) => JsonObject;

/** How a value is read: an expression of it, with where it ends in `p`. */
interface Form {
  readonly wire: number;
  /** Statements that leave the value in `x`. Of what has a length, `p` and `q` are its bounds. */
  readonly read: string;
  readonly isDefault: string;
  /** What a wrapper says that holds nothing. */
  readonly zero: string;
}

const numeric = (read: string, isDefault: string, zero: string): Form => ({
  wire: WIRE.varint,
  read,
  isDefault,
  zero,
});
const bounded = (value: string, isDefault: string): Form => ({
  wire: WIRE.bytes,
  read: `x = ${value}; p = q;`,
  isDefault,
  zero: '""',
});

const SMALL = "x = b[p++]; if (x > 127) { x = r.varint(p - 1); p = r.at; }";
const FORMS_BY_KIND: Readonly<Record<string, Form>> = {
  bool: numeric(
    "x = b[p++]; if (x > 1) { x = r.boolean(p - 1); p = r.at; } else x = x === 1;",
    "!x",
    "false",
  ),
  uint32: numeric(SMALL, "x === 0", "0"),
  int32: numeric(`${SMALL} x |= 0;`, "x === 0", "0"),
  uint64: numeric("x = r.integer64(p, false); p = r.at;", 'x === "0"', '"0"'),
  int64: numeric("x = r.integer64(p, true); p = r.at;", 'x === "0"', '"0"'),
  string: bounded("r.string(p, q)", 'x === ""'),
  bytes: bounded("r.base64(p, q)", 'x === ""'),
  timestamp: bounded("timestampText(r, p, q)", "false"),
  duration: bounded("durationText(r, p, q)", "false"),
};

/** Statements that leave in `q` where what follows with its length ends, and in `p` where it begins. */
const LENGTH = `x = b[p++]; if (x > 127) { x = r.length(p - 1); p = r.at; }
      q = p + x; if (!(q <= e)) r.fail("cut off within a field");`;

/** `value` under a key that may be any text. */
function setKey(object: JsonObject, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Which of `names` an object has. */
function presentOf(names: readonly string[], object: JsonObject): string | undefined {
  return names.find((name) => object[name] !== undefined);
}

class Generator {
  readonly code = new GeneratedFunctions();

  source(root: MessageDescriptor): string {
    const name = this.#message(root);
    return `"use strict";\nlet b = r.bytes;\n${this.code.source}
return (p, e, o) => { b = r.bytes; return ${name}(p, e, o); };`;
  }

  #message(message: MessageDescriptor): string {
    return this.code.function(message.name, (name) => {
      const fields = [...message.fields.values()].filter(({ number }) => number !== undefined);
      const members = fields.filter(({ oneof }) => oneof !== undefined);
      if (new Set(members.map(({ oneof }) => oneof)).size > 1) {
        throw new TypeError(`Cannot compile a decoder: ${message.name} has two one-ofs`);
      }
      // What comes after the members of a one-of waits for them.
      const late = members.length === 0 ? [] : fields.filter(({ oneof }) => oneof === undefined);
      const lateNames = late.map(({ number }) => `v${number}`);
      const present = `o === undefined ? undefined : presentOf(${this.code.constant(members.map((field) => field.name))}, o)`;
      return `function ${name}(p, e, o) {
  let x, q, t, u;
  ${members.length === 0 ? "" : `let w = ${present};`}
  ${late.length === 0 ? "" : `let ${lateNames.join(", ")};`}
  if (o === undefined) o = {};
  ${late.map(({ name: key, number }) => `v${number} = o.${key};`).join(" ")}
  while (p < e) {
    const s = p;
    t = b[p++]; if (t > 127) { t = r.varint(p - 1); p = r.at; }
    switch (t) {
${fields.map((field) => this.#cases(field, late.includes(field))).join("")}    default:
      p = r.skip(t, p, e); (u ??= []).push(s, p);
    }
  }
  if (p !== e) r.fail("cut off within a field");
  ${late.map(({ name: key, number }) => `if (v${number} !== undefined) o.${key} = v${number};`).join("\n  ")}
  if (u !== undefined) r.keepUnknown(o, u);
  return o;
}`;
    });
  }

  /** The cases of a field's tags. */
  #cases(field: FieldDescriptor, isLate: boolean): string {
    const { name, number, type, cardinality } = field;
    const target = isLate ? `v${number}` : `o.${name}`;
    const one = (wire: number, body: string) =>
      `    case ${((number! << 3) | wire) >>> 0}: { ${body} break; }\n`;
    if (cardinality === "map") return one(WIRE.bytes, this.#map(field, target));
    if (cardinality === "repeated") {
      if (type.kind === "message") {
        return one(WIRE.bytes, `${LENGTH} (${target} ??= []).push(${this.#message(type)}(p, q)); p = q;`);
      }
      const form = this.#form(type);
      const push = `${this.#read(type)} (${target} ??= []).push(x);`;
      if (form.wire === WIRE.bytes) return one(WIRE.bytes, push);
      const packed = `${LENGTH} while (p < q) { ${push} } if (p !== q) r.fail("cut off within a list");`;
      return one(form.wire, push) + one(WIRE.bytes, packed);
    }
    const take =
      field.oneof === undefined
        ? ""
        : `if (w !== "${name}") { if (w !== undefined) delete o[w]; w = "${name}"; } `;
    if (type.kind === "message") {
      return one(WIRE.bytes, `${LENGTH} ${take}${target} = ${this.#message(type)}(p, q, ${target}); p = q;`);
    }
    if (field.isWrapped) {
      return one(WIRE.bytes, `${LENGTH} ${take}${target} = ${this.#wrapper(type)}(p, q); p = q;`);
    }
    const form = this.#form(type);
    const isAlways = field.oneof !== undefined || form.isDefault === "false";
    const clear = isLate ? `${target} = undefined` : `if (${target} !== undefined) delete ${target}`;
    const set = isAlways
      ? `${take}${target} = x;`
      : `if (!(${this.#isDefault(type)})) ${target} = x; else ${clear};`;
    return one(form.wire, `${this.#read(type)} ${set}`);
  }

  #form(type: ValueType): Form {
    const form = FORMS_BY_KIND[type.kind === "enum" ? "int32" : type.kind];
    if (form === undefined) throw new TypeError(`Cannot compile a decoder: no form of ${typeName(type)}`);
    return form;
  }

  /** Statements that leave the value in `x` and `p` behind it. */
  #read(type: ValueType): string {
    const form = this.#form(type);
    if (type.kind !== "enum") return form.wire === WIRE.bytes ? `${LENGTH} ${form.read}` : form.read;
    return `${form.read} x = ${this.code.constant(this.#namesOf(type))}.get(x) ?? x;`;
  }

  /** An enum's values are names by now. */
  #isDefault(type: ValueType): string {
    if (type.kind !== "enum") return this.#form(type).isDefault;
    return `x === ${JSON.stringify(this.#namesOf(type).get(0) ?? 0)}`;
  }

  readonly #enums = new Map<string, ReadonlyMap<number, string>>();

  /** Names by number; of several for one number the first. */
  #namesOf({ name, table }: Extract<ValueType, { kind: "enum" }>): ReadonlyMap<number, string> {
    let names = this.#enums.get(name);
    if (names === undefined) {
      names = new Map(
        Object.entries(table)
          .reverse()
          .map(([value, number]) => [number, value]),
      );
      this.#enums.set(name, names);
    }
    return names;
  }

  #wrapper(type: ValueType): string {
    return this.code.function(`wrapper of ${typeName(type)}`, (name) => {
      const form = this.#form(type);
      return `function ${name}(p, e) {
  let x, q, t, v = ${form.zero};
  while (p < e) {
    t = b[p++]; if (t > 127) { t = r.varint(p - 1); p = r.at; }
    if (t === ${(1 << 3) | form.wire}) { ${this.#read(type)} v = x; }
    else { p = r.skip(t, p, e); r.unknownFields++; }
  }
  if (p !== e) r.fail("cut off within a field");
  return v;
}`;
    });
  }

  #map({ type, key }: FieldDescriptor, target: string): string {
    if (key !== "string") throw new TypeError(`Cannot compile a decoder: no map of ${key}`);
    const name = this.code.function(`map of ${typeName(type)}`, (self) => {
      const form = type.kind === "message" ? undefined : this.#form(type);
      const zero =
        form === undefined
          ? "{}"
          : type.kind === "enum"
            ? JSON.stringify(this.#namesOf(type).get(0) ?? 0)
            : form.zero;
      const read =
        type.kind === "message"
          ? `${LENGTH} v = ${this.#message(type)}(p, q); p = q;`
          : `${this.#read(type)} v = x;`;
      return `function ${self}(o, p, e) {
  let x, q, t, k = "", v = ${zero};
  while (p < e) {
    t = b[p++]; if (t > 127) { t = r.varint(p - 1); p = r.at; }
    if (t === ${(1 << 3) | WIRE.bytes}) { ${LENGTH} k = r.string(p, q); p = q; }
    else if (t === ${(2 << 3) | (form?.wire ?? WIRE.bytes)}) { ${read} }
    else { p = r.skip(t, p, e); r.unknownFields++; }
  }
  if (p !== e) r.fail("cut off within a field");
  setKey(o, k, v);
}`;
    });
    return `${LENGTH} ${name}(${target} ??= {}, p, q); p = q;`;
  }
}

/**
 * Compiles the decoder of `message`, which reads what `reader` has taken up.
 * @throws TypeError when a field is of a kind that has no form here.
 */
export function compileDecoder(message: MessageDescriptor, reader: WireReader): MessageDecoder {
  const generator = new Generator();
  const source = generator.source(message);
  const helpers = { r: reader, setKey, presentOf, timestampText, durationText };
  return generator.code.compile(source, helpers) as MessageDecoder;
}
