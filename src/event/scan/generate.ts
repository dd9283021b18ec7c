/**
 * @module Generates scanners from valibot schemas: code that finds a value valid by its bytes alone.
 *
 * A message becomes two functions. The first expects the fields in the order of the schema, which is the order
 * in which Tetragon writes them, and compares whole keys, quotes and colon included, in words of four bytes. The
 * second takes over where something else comes: another order, white space, a field that the schema lacks. Both
 * validate a field each time that it occurs, so that the last occurrence, which `JSON.parse` keeps, is valid. One
 * function for each message keeps all of them below the size at which the engine's best compiler gives up.
 */
import type * as v from "valibot";
import { type SchemaNode, schemaNode } from "../fields.ts";
import { type Scanner, skipSpace, UNSURE } from "./line.ts";
import { scanInt32, scanInt64, scanUint32, scanUint64 } from "./number.ts";
import { arraySource, type Field, type Form, messageSource, recordSource, valueSource } from "./source.ts";
import { scanBase64, scanEnumName, scanKey, scanString } from "./text.ts";
import { scanTime } from "./time.ts";
import { scanBoolean, scanNull, scanValue } from "./value.ts";

/** What is read of a schema beyond what the walkers of fields read. */
type Node = SchemaNode & {
  readonly kind?: string;
  readonly key?: Node;
  readonly value?: Node;
  readonly default?: unknown;
};

/** The forms of scalars, by what the schema expects. */
const SCALARS: Readonly<Record<string, Form>> = {
  uint32: { scanner: "scanUint32", isQuoted: false },
  int32: { scanner: "scanInt32", isQuoted: false },
  uint64: { scanner: "scanUint64", isQuoted: false },
  int64: { scanner: "scanInt64", isQuoted: false },
  base64: { scanner: "scanBase64", isQuoted: true },
  "RFC 3339 time": { scanner: "scanTime", isQuoted: true },
  "enum name": { scanner: "scanEnumName", isQuoted: true, bare: "scanInt32" },
};
const STRING: Form = { scanner: "scanString", isQuoted: true };
const BOOLEAN: Form = { scanner: "scanBoolean", isQuoted: false };

/** What is not understood is never sure. */
const scanNothing: Scanner = () => UNSURE;
const NOTHING: Form = { scanner: "scanNothing", isQuoted: false };

/** What the generated code calls. */
const HELPERS = {
  scanBase64,
  scanBoolean,
  scanEnumName,
  scanInt32,
  scanInt64,
  scanKey,
  scanNothing,
  scanNull,
  scanString,
  scanTime,
  scanUint32,
  scanUint64,
  scanValue,
  skipSpace,
};

const HELPER_NAMES = Object.keys(HELPERS);
const HELPER_FUNCTIONS = Object.values(HELPERS);

/** Keys that can be compared as words, quotes included, and that JSON writes as they are. */
const PLAIN_KEY = /^[\w@.-]{2,}$/;

/** Whether an item of a pipe needs no look: an object is what object scanners find, metadata is no test. */
function isImplied({ kind, type, message }: Node): boolean {
  return kind === "metadata" || (type === "custom" && message === "object");
}

/** The scanner of one object or array schema. Its code is generated when such a value first comes by: few do. */
class LazyScanner {
  /** Its name in the generated code. */
  readonly name: string;
  scan: Scanner;

  constructor(name: string, generate: () => Scanner) {
    this.name = name;
    this.scan = (bytes, view, at) => {
      this.scan = generate();
      return this.scan(bytes, view, at);
    };
  }
}

/** Makes the scanners of one schema and of all that lie in it. */
class Generator {
  readonly #scanners = new Map<Node, LazyScanner>();

  generate(root: Node): Scanner {
    return this.#evaluate(valueSource(this.#form(root)));
  }

  /** The scanner of `node`, an object or array. */
  #scannerOf(node: Node): LazyScanner {
    let scanner = this.#scanners.get(node);
    if (scanner === undefined) {
      scanner = new LazyScanner(`m${this.#scanners.size}`, () => this.#evaluate(this.#source(node)));
      this.#scanners.set(node, scanner);
    }
    return scanner;
  }

  #form(node: Node): Form {
    if (node.pipe === undefined) return this.#ownForm(node);
    const [test, ...others] = node.pipe.filter((item) => !isImplied(item));
    // The first item of a pipe may be the very schema that has the pipe: its own form is that of the item.
    return test === undefined || others.length > 0 ? NOTHING : this.#ownForm(test);
  }

  #ownForm(node: Node): Form {
    switch (node.type) {
      case "string":
        return STRING;
      case "boolean":
        return BOOLEAN;
      case "nullish":
        return node.default === undefined ? { ...this.#form(node.wrapped!), isNullish: true } : NOTHING;
      case "loose_object":
      case "record":
      case "array":
        return { scanner: `${this.#scannerOf(node).name}.scan`, isQuoted: false };
      case "custom":
        return SCALARS[String(node.message)] ?? NOTHING;
      default:
        return NOTHING;
    }
  }

  #source(node: Node): string {
    if (node.type === "array") return arraySource(this.#form(node.item!));
    if (node.type === "record") {
      const isAnyKey = node.key!.type === "string" && node.key!.pipe === undefined;
      return isAnyKey ? recordSource(this.#form(node.value!)) : "return scanNothing;";
    }
    const fields: Field[] = [];
    for (const [name, entry] of Object.entries(node.entries!)) {
      // A scanner does not know which fields it has seen, so it cannot be sure where one is required.
      if (entry.type !== "nullish" || !PLAIN_KEY.test(name)) return "return scanNothing;";
      fields.push({ name, form: this.#form(entry) });
    }
    return messageSource(fields);
  }

  #evaluate(source: string): Scanner {
    const scanners = [...this.#scanners.values()];
    const names = [...HELPER_NAMES, ...scanners.map(({ name }) => name)];
    return new Function(...names, `"use strict";\n${source}`)(...HELPER_FUNCTIONS, ...scanners) as Scanner;
  }
}

/**
 * Generates the scanner of `schema`: see {@link Scanner}. It is sure of a value only when the schema finds valid
 * what `JSON.parse` makes of it, provided that its bytes are UTF-8. Where the schema has a part that the generator
 * does not know, it is not sure.
 */
export function generateScanner(schema: v.GenericSchema): Scanner {
  return new Generator().generate(schemaNode(schema));
}
