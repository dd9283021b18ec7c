/** @module An event taken apart: what each part costs, and what of it can be given up. */
import type { JsonObject } from "../batch.ts";
import { FIXED, FIXED_NAMES, type Shape, UNKNOWN } from "./shape.ts";
import { jsonBytes, MIN_TEXT_BYTES } from "./text.ts";

/** A string that may be shortened, and where it is. */
export interface Text {
  readonly holder: JsonObject | unknown[];
  readonly key: string | number;
  readonly value: string;
  /** What it costs in JSON without its quotes. Bytes. */
  readonly bytes: number;
  readonly kind: "text" | "last" | "base64";
}

/** Something whole: it goes or stays with all that is in it. */
export class Part {
  /** What neither a shorter string nor a cut group changes. Bytes. */
  fixed = 0;
  readonly texts: Text[] = [];
  readonly groups: Group[] = [];
}

/** Items of an array, entries of a map, or unknown fields of a message: its tail may be cut. */
export interface Group {
  readonly holder: JsonObject | unknown[];
  /** The keys of the entries, unless `holder` is an array. */
  readonly keys: readonly string[] | undefined;
  /** Bytes of each entry, or the entry taken apart when there is something in it to give up. */
  readonly entries: (number | Part)[];
  /** Entries that are in the event, those included that were not taken apart. */
  readonly total: number;
  /** How many entries stay. */
  kept: number;
}

/** Bytes of `"":,` around a field, and of a comma behind an item; the last one's comma is not looked for. */
const FIELD_BYTES = 4;
const COMMA_BYTES = 1;
const BRACKET_BYTES = 2;
const QUOTE_BYTES = 2;

/** Takes `event` apart; entries of groups that `maxBytes` cannot hold anyway are left aside. */
export function takeApart(event: JsonObject, shape: Shape, maxBytes: number): Part {
  const root = new Part();
  new Walk(maxBytes).object(root, event, shape);
  return root;
}

/** The least that a part can cost; its own groups may be emptied. Bytes. */
function leastBytes(part: Part): number {
  return part.fixed + part.texts.length * MIN_TEXT_BYTES;
}

class Walk {
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  #value(part: Part, holder: JsonObject | unknown[], key: string | number, value: unknown, shape: Shape) {
    if (typeof value === "string") this.#string(part, holder, key, value, shape);
    else if (Array.isArray(value)) this.#array(part, value, shape.kind === "list" ? shape.item : UNKNOWN);
    else if (typeof value === "object" && value !== null) this.object(part, value as JsonObject, shape);
    else part.fixed += JSON.stringify(value).length;
  }

  #string(part: Part, holder: JsonObject | unknown[], key: string | number, value: string, shape: Shape) {
    const bytes = jsonBytes(value);
    part.fixed += QUOTE_BYTES;
    if (shape.kind === "fixed" || bytes <= MIN_TEXT_BYTES) {
      part.fixed += bytes;
      return;
    }
    const kind = shape.kind === "last" || shape.kind === "base64" ? shape.kind : "text";
    part.texts.push({ holder, key, value, bytes, kind });
  }

  #array(part: Part, items: unknown[], shape: Shape) {
    part.fixed += BRACKET_BYTES;
    const group: Group = { holder: items, keys: undefined, entries: [], total: items.length, kept: 0 };
    let least = 0;
    for (let i = 0; i < items.length && least <= this.#maxBytes; i++) {
      const entry = new Part();
      entry.fixed = COMMA_BYTES;
      this.#value(entry, items, i, items[i], shape);
      least += leastBytes(entry);
      add(group, entry);
    }
    close(part, group);
  }

  object(part: Part, object: JsonObject, shape: Shape) {
    part.fixed += BRACKET_BYTES;
    const keys: string[] = [];
    const shapes: Shape[] = [];
    for (const key of Object.keys(object)) {
      const value = object[key];
      const known = knownShape(shape, key, value);
      if (known === undefined) {
        keys.push(key);
        shapes.push(shape.kind === "map" ? shape.item : UNKNOWN);
      } else {
        part.fixed += jsonBytes(key) + FIELD_BYTES;
        this.#value(part, object, key, value, known);
      }
    }
    const group: Group = { holder: object, keys, entries: [], total: keys.length, kept: 0 };
    let least = 0;
    for (let i = 0; i < keys.length && least <= this.#maxBytes; i++) {
      const key = keys[i]!;
      const entry = new Part();
      entry.fixed = jsonBytes(key) + FIELD_BYTES;
      this.#value(entry, object, key, object[key], shapes[i]!);
      least += leastBytes(entry);
      add(group, entry);
    }
    close(part, group);
  }
}

/** The shape of a field that must stay, or `undefined` when it may go. */
function knownShape(shape: Shape, key: string, value: unknown): Shape | undefined {
  if (shape.kind === "map") return undefined;
  if (shape.kind === "message") {
    const known = shape.fields.get(key);
    if (known !== undefined) return known;
    if (shape.unknownObject !== undefined && isObject(value)) return shape.unknownObject;
  }
  return FIXED_NAMES.has(key) && !isContainer(value) ? FIXED : undefined;
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isObject(value: unknown): boolean {
  return isContainer(value) && !Array.isArray(value);
}

function add(group: Group, entry: Part): void {
  const isPlain = entry.texts.length === 0 && entry.groups.length === 0;
  group.entries.push(isPlain ? entry.fixed : entry);
}

function close(part: Part, group: Group): void {
  if (group.total === 0) return;
  group.kept = group.entries.length;
  part.groups.push(group);
}
