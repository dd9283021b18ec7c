/** @module An event taken apart: what each part costs, and what of it can be given up. All sizes are bytes of JSON. */
import type { JsonObject } from "../../lib/json/object.ts";
import { isRawNumber } from "../encode.ts";
import { FIXED, type Shape, shapes, UNKNOWN } from "./shape.ts";
import { jsonBytes, MIN_TEXT_BYTES } from "./text.ts";

/** What a value is in. */
type Holder = JsonObject | unknown[];

/** A string that may be shortened, and where it is. */
export interface Text {
  readonly holder: Holder;
  readonly key: string | number;
  readonly value: string;
  /** What it costs without its quotes. */
  readonly bytes: number;
  readonly kind: "text" | "last" | "base64";
}

/** Something whole: it goes or stays with all that is in it. */
export class Part {
  /** What neither a shorter string nor a cut group changes. */
  fixed: number;
  readonly texts: Text[] = [];
  readonly groups: Group[] = [];

  constructor(fixed: number) {
    this.fixed = fixed;
  }
}

/** Items of an array, entries of a map, or unknown fields of a message: the tail may be cut. */
export interface Group {
  readonly holder: Holder;
  /** The keys of the entries, unless `holder` is an array. */
  readonly keys: readonly string[] | undefined;
  /** Each entry, comma included: what it costs, or, when something in it can be given up, the entry taken apart. */
  readonly entries: (number | Part)[];
  /** Entries in the event, those included that were not looked at because they cannot fit. */
  readonly total: number;
  /** Bytes of the comma that the first entry does not need, or 0 where fixed fields stand before it. */
  readonly spareComma: number;
  /** How many entries stay. */
  kept: number;
}

/** What `"":` adds to a field's name. */
const NAME_BYTES = 3;
const COMMA_BYTES = 1;
const BRACKETS_BYTES = 2;
const QUOTES_BYTES = 2;

/** What is nested more deeply cannot stay if anything has to go: parsers and the stack have limits. */
const MAX_DEPTH = 128;

/** Up to here a string is kept for its name alone, where no schema knows what it is. */
const MAX_NAMED_BYTES = 256;

/** Takes `event` apart, but for entries of lists that come after `maxBytes` of the same list. */
export function takeApart(event: JsonObject, shape: Shape, maxBytes: number): Part {
  const root = new Part(0);
  addObject(root, event, shape, { maxBytes, depth: 0 });
  return root;
}

/** Where the walk is. */
interface Place {
  readonly maxBytes: number;
  depth: number;
}

function addValue(part: Part, holder: Holder, key: string | number, shape: Shape, place: Place): void {
  const value = (holder as JsonObject)[key];
  if (typeof value === "string") {
    addString(part, holder, key, value, shape);
  } else if (typeof value !== "object" || value === null) {
    part.fixed += String(value).length;
  } else if (isRawNumber(value)) {
    part.fixed += value.rawJSON.length;
  } else if (place.depth === MAX_DEPTH) {
    part.fixed = Number.POSITIVE_INFINITY;
  } else {
    place.depth++;
    if (Array.isArray(value)) addArray(part, value, shape.kind === "list" ? shape.item : UNKNOWN, place);
    else addObject(part, value as JsonObject, shape, place);
    place.depth--;
  }
}

function addString(part: Part, holder: Holder, key: string | number, value: string, shape: Shape): void {
  const bytes = jsonBytes(value);
  part.fixed += QUOTES_BYTES;
  if (shape.kind === "fixed" || bytes <= MIN_TEXT_BYTES) {
    part.fixed += bytes;
    return;
  }
  const kind = shape.kind === "last" || shape.kind === "base64" ? shape.kind : "text";
  part.texts.push({ holder, key, value, bytes, kind });
}

function addArray(part: Part, items: unknown[], shape: Shape, place: Place): void {
  part.fixed += BRACKETS_BYTES;
  if (items.length === 0) return;
  const group = new Entries(items, undefined, items.length, COMMA_BYTES);
  for (let i = 0; i < items.length && group.leastBytes <= place.maxBytes; i++)
    group.add(i, COMMA_BYTES, shape, place);
  group.close(part);
}

function addObject(part: Part, object: JsonObject, shape: Shape, place: Place): void {
  part.fixed += BRACKETS_BYTES;
  let others = Object.keys(object);
  let hasFixedField = false;
  if (shape.kind !== "map") {
    others = others.filter((key) => {
      const known = fixedFieldShape(shape, key, object[key]);
      if (known === undefined) return true;
      part.fixed += jsonBytes(key) + NAME_BYTES + (hasFixedField ? COMMA_BYTES : 0);
      hasFixedField = true;
      addValue(part, object, key, known, place);
      return false;
    });
  }
  if (others.length === 0) return;
  const group = new Entries(object, others, others.length, hasFixedField ? 0 : COMMA_BYTES);
  const item = shape.kind === "map" ? shape.item : UNKNOWN;
  for (let i = 0; i < others.length && group.leastBytes <= place.maxBytes; i++)
    group.add(others[i]!, jsonBytes(others[i]!) + NAME_BYTES + COMMA_BYTES, item, place);
  group.close(part);
}

/** A group that is being filled. */
class Entries implements Group {
  readonly holder: Holder;
  readonly keys: readonly string[] | undefined;
  readonly entries: (number | Part)[] = [];
  readonly total: number;
  readonly spareComma: number;
  kept = 0;
  /** What the entries cost at least. */
  leastBytes = 0;

  constructor(holder: Holder, keys: readonly string[] | undefined, total: number, spareComma: number) {
    this.holder = holder;
    this.keys = keys;
    this.total = total;
    this.spareComma = spareComma;
  }

  /** @param bytes What comes before and after the value. */
  add(key: string | number, bytes: number, shape: Shape, place: Place): void {
    const value = (this.holder as JsonObject)[key];
    // Lists of a million numbers are why a number is not taken apart.
    if (typeof value === "number") {
      this.entries.push(bytes + String(value).length);
      this.leastBytes += bytes + 1;
      return;
    }
    const entry = new Part(bytes);
    addValue(entry, this.holder, key, shape, place);
    this.entries.push(entry.texts.length === 0 && entry.groups.length === 0 ? entry.fixed : entry);
    this.leastBytes += Number.isFinite(entry.fixed) ? entry.fixed + entry.texts.length * MIN_TEXT_BYTES : 0;
  }

  close(part: Part): void {
    this.kept = this.entries.length;
    part.groups.push(this);
  }
}

/** The shape of a field that stays, or `undefined` for one that may go. */
function fixedFieldShape(shape: Shape, key: string, value: unknown): Shape | undefined {
  const isContainer = typeof value === "object" && value !== null && !isRawNumber(value);
  if (shape.kind === "message") {
    const known = shape.fields.get(key);
    if (known !== undefined) return known;
    if (shape.unknownObject !== undefined && isContainer && !Array.isArray(value)) return shape.unknownObject;
  }
  if (isContainer || !shapes().fixedNames.has(key)) return undefined;
  return typeof value === "string" && value.length > MAX_NAMED_BYTES ? undefined : FIXED;
}
