/**
 * @module Generates scanners from descriptors: code that finds a value valid by its bytes alone.
 *
 * A message becomes two functions. The first expects the fields in the order of the descriptor, which is the order
 * in which Tetragon writes them, and compares whole keys, quotes and colon included, in words of four bytes. The
 * second takes over where something else comes: another order, white space, a field that the descriptor lacks. Both
 * validate a field each time that it occurs, so that the last occurrence, which `JSON.parse` keeps, is valid. One
 * function for each message keeps all of them below the size at which the engine's best compiler gives up.
 */
import {
  type FieldDescriptor,
  type MessageDescriptor,
  typeName,
  type ValueType,
} from "../description/descriptor.ts";
import { type Scanner, skipSpace, UNSURE } from "./line.ts";
import { scanInt32, scanInt64, scanUint32, scanUint64 } from "./number.ts";
import { arraySource, type Field, type Form, messageSource, recordSource, valueSource } from "./source.ts";
import { scanBase64, scanEnumName, scanKey, scanString } from "./text.ts";
import { scanTime } from "./time.ts";
import { mayHoldEvent, scanBoolean, scanNull, scanValue } from "./value.ts";
import { noteEntry, noteField } from "./whole.ts";

/** The forms of values without fields, by kind; kinds that are not listed do not occur in events. */
const FORMS: { readonly [kind in ValueType["kind"]]?: Form } = {
  bool: { scanner: "scanBoolean", isQuoted: false },
  string: { scanner: "scanString", isQuoted: true },
  bytes: { scanner: "scanBase64", isQuoted: true },
  uint32: { scanner: "scanUint32", isQuoted: false },
  int32: { scanner: "scanInt32", isQuoted: false },
  uint64: { scanner: "scanUint64", isQuoted: false },
  int64: { scanner: "scanInt64", isQuoted: false },
  timestamp: { scanner: "scanTime", isQuoted: true },
  enum: { scanner: "scanEnumName", isQuoted: true, bare: "scanInt32" },
};

/** What is not understood is never sure. */
const scanNothing: Scanner = () => UNSURE;
const NOTHING: Form = { scanner: "scanNothing", isQuoted: false };

/** What the generated code calls. */
const HELPERS = {
  mayHoldEvent,
  noteEntry,
  noteField,
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

/** The scanner of a message, list or map. Its code is generated when such a value first comes by: few do. */
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

/** Makes the scanners of one message and of everything in it. */
class Generator {
  /** By message; by what is in them for lists and maps, which are scanned by the same code where it is the same. */
  readonly #scanners = new Map<unknown, LazyScanner>();
  #root: MessageDescriptor | undefined;

  generate(root: MessageDescriptor): Scanner {
    this.#root = root;
    return this.#evaluate(valueSource(this.#valueForm(root)));
  }

  /** How values are scanned that have a scanner of their own. */
  #ownScanner(key: unknown, source: () => string): Form {
    let scanner = this.#scanners.get(key);
    if (scanner === undefined) {
      scanner = new LazyScanner(`m${this.#scanners.size}`, () => this.#evaluate(source()));
      this.#scanners.set(key, scanner);
    }
    return { scanner: `${scanner.name}.scan`, isQuoted: false };
  }

  #form({ cardinality, type }: FieldDescriptor): Form {
    switch (cardinality) {
      case "single":
        return this.#valueForm(type);
      case "repeated":
        return this.#ownScanner(`list of ${typeName(type)}`, () => arraySource(this.#valueForm(type)));
      case "map":
        return this.#ownScanner(`map of ${typeName(type)}`, () => recordSource(this.#valueForm(type)));
    }
  }

  #valueForm(type: ValueType): Form {
    if (type.kind === "message") return this.#ownScanner(type, () => this.#messageSource(type));
    return FORMS[type.kind] ?? NOTHING;
  }

  #messageSource(message: MessageDescriptor): string {
    const fields: Field[] = [];
    for (const field of message.fields.values()) {
      // A scanner does not know which fields it has seen, so it cannot be sure where one is required.
      if (field.presence !== "nullish" || !PLAIN_KEY.test(field.name)) return "return scanNothing;";
      // An event has one type. Elsewhere a second member of a `oneof` is no way past a filter.
      const isAlternative = message === this.#root && field.oneof !== undefined;
      fields.push({ name: field.name, form: { ...this.#form(field), isNullish: true }, isAlternative });
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
 * Generates the scanner of `message`: see {@link Scanner}. It is sure of a value only when the validator finds valid
 * what `JSON.parse` makes of it, provided that its bytes are UTF-8. Where a field has a form that the generator does
 * not know, it is not sure.
 */
export function generateScanner(message: MessageDescriptor): Scanner {
  return new Generator().generate(message);
}
