/**
 * @module Compiles descriptors into validators.
 *
 * `v.is` builds a copy and a dataset for every field of every message, which costs more than `JSON.parse`. The
 * code made here reads the known fields and nothing else. The valibot schemas are derived from the same descriptors;
 * a property test holds both equal.
 */

import { GeneratedFunctions } from "../lib/generated-functions.ts";
import { isObject } from "../lib/json/object.ts";
import {
  type FieldDescriptor,
  type MessageDescriptor,
  typeName,
  type ValueType,
} from "./description/descriptor.ts";
import { FORM_TESTS, isEnumValue } from "./schema/json-form.ts";

/** What validators find besides: see {@link tally}. */
interface Tally {
  /** Fields of all messages and entries of all maps that were looked at. */
  keys: number;
  /** Whether there was a field that the descriptors lack; what is in it was not looked at. */
  hasUnknown: boolean;
}

/** Counted on by every validator of a message all of whose fields may be absent; who asks begins with zeros. */
export const tally: Tally = { keys: 0, hasUnknown: false };

/** Messages of this many fields come in so many shapes that they get a copy of the code for each number of keys. */
const MANY_FIELDS = 16;

/** Whether values of a field are objects or arrays. */
function isComposite({ cardinality, type }: FieldDescriptor): boolean {
  return cardinality !== "single" || type.kind === "message";
}

/** Collects the functions of one validator: one for each message, and one for lists and maps of each type. */
class Generator {
  readonly code = new GeneratedFunctions();

  /** The source of the function that validates `root`. */
  source(root: MessageDescriptor): string {
    const test = this.#valueTest(root, "x");
    return `"use strict";\n${this.code.source}\nreturn (x) => ${test};`;
  }

  /** An expression that is true when the value of the expression `x`, which is there, is valid; `x` is a name. */
  #test(field: FieldDescriptor, x: string): string {
    const { cardinality, type } = field;
    switch (cardinality) {
      case "single":
        return this.#valueTest(type, x);
      case "repeated": {
        const name = this.code.function(`list of ${typeName(type)}`, (self) => this.#listSource(type, self));
        return `Array.isArray(${x}) && ${name}(${x})`;
      }
      case "map": {
        const name = this.code.function(`map of ${typeName(type)}`, (self) => this.#mapSource(type, self));
        return `${this.code.constant(isObject)}(${x}) && ${name}(${x})`;
      }
    }
  }

  #valueTest(type: ValueType, x: string): string {
    switch (type.kind) {
      case "string":
      case "field_mask":
        return `typeof ${x} === "string"`;
      case "bool":
        return `typeof ${x} === "boolean"`;
      case "literal":
        return `${x} === ${JSON.stringify(type.value)}`;
      case "enum":
        return `${this.code.constant(isEnumValue)}(${x})`;
      case "message": {
        const name = this.code.function(type, (self) => this.#messageSource(type, self));
        return `${this.code.constant(isObject)}(${x}) && ${name}(${x})`;
      }
      default:
        return `${this.code.constant(FORM_TESTS[type.kind])}(${x})`;
    }
  }

  #listSource(item: ValueType, name: string): string {
    return `function ${name}(o) {
  for (let i = 0, n = o.length; i < n; i++) {
    const x = o[i];
    if (!(${this.#valueTest(item, "x")})) return false;
  }
  return true;
}`;
  }

  /** valibot never looks at keys that could reach a prototype. */
  #mapSource(value: ValueType, name: string): string {
    return `function ${name}(o) {
  for (const key in o) {
    ${this.code.constant(tally)}.keys++;
    const x = o[key];
    if (!(${this.#valueTest(value, "x")})
      && Object.hasOwn(o, key) && key !== "__proto__" && key !== "prototype" && key !== "constructor") return false;
  }
  return true;
}`;
  }

  #messageSource(message: MessageDescriptor, name: string): string {
    const fields = [...message.fields.values()];
    if (fields.every(({ presence }) => presence === "nullish")) return this.#nullishSource(fields, name);
    const body = fields.map((field) => this.#requiredSource(field)).join("");
    // Its fields are not counted.
    const unknown = `  ${this.code.constant(tally)}.hasUnknown = true;\n`;
    return `function ${name}(o) {\n  let x;\n${unknown}${body}  return true;\n}`;
  }

  /**
   * A message of protobuf: all of its fields may be absent, and most are. Once as many fields were found as the object
   * has keys, the others need not be asked for; the likeliest go first, which are those that are not messages.
   *
   * An engine is fast at reading a property where it sees a few shapes of objects, and several times slower
   * where it sees many. Processes have a dozen shapes in one stream, few of them with as many keys as another:
   * so they have one function for each number of keys, the code of which is the same.
   */
  #nullishSource(fields: readonly FieldDescriptor[], name: string): string {
    const tests = fields
      .toSorted((a, b) => Number(isComposite(a)) - Number(isComposite(b)))
      .map(
        (field) => `  x = o[${JSON.stringify(field.name)}];
  if (x !== undefined) {
    if (!(x === null || ${this.#test(field, "x")})) return false;
    if (++found === n) return true;
  }
`,
      );
    const found = this.code.constant(tally);
    const body = `  let found = 0;\n  let x;\n  ${found}.keys += n;
${tests.join("")}  if (n > 0) ${found}.hasUnknown = true;\n  return true;\n`;
    if (fields.length < MANY_FIELDS) {
      return `function ${name}(o) {\n  const n = Object.keys(o).length;\n${body}}`;
    }
    const copies = fields.map((_, i) => `function ${name}_${i}(o, n) {\n${body}}`);
    return `${copies.join("\n")}
const ${name}s = [${fields.map((_, i) => `${name}_${i}`).join(", ")}];
function ${name}(o) {
  const n = Object.keys(o).length;
  return ${name}s[n < ${copies.length} ? n : 0](o, n);
}`;
  }

  #requiredSource(field: FieldDescriptor): string {
    const key = JSON.stringify(field.name);
    const test = this.#test(field, "x");
    const tests = {
      required: `${key} in o && ${test}`,
      optional: `x === undefined || ${test}`,
      nullish: `x == null || ${test}`,
    };
    return `  x = o[${key}];\n  if (!(${tests[field.presence]})) return false;\n`;
  }
}

/**
 * Compiles `message` into a function that says whether a value is valid: the same answer as `v.is` gives with the
 * message's schema, for values as `JSON.parse` makes them.
 */
export function compileValidator(message: MessageDescriptor): (value: unknown) => boolean {
  const generator = new Generator();
  const source = generator.source(message);
  return generator.code.compile(source) as (value: unknown) => boolean;
}
