/**
 * @module Fetches the fields of an event that somebody asks for out of its text. Nothing else is decoded.
 *
 * Lines have to be whole: valid, every field known and there once. Tetragon writes what happened first, and a process
 * before its parent; the walk ends as soon as all that is asked for has been found.
 */

import { asBuffer, type SliceableBuffer } from "../../lib/bytes.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { type Edit, editsOf } from "../edit/edit.ts";
import { findKey, keyOf } from "../edit/keys.ts";
import { endOfValue, type LineBytes, lineBytes } from "../edit/walk.ts";
import { eventTypes } from "../fields.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from "../scan/line.ts";
import { scanString } from "../scan/text.ts";
import type { Wanted, WantedFields, WantedWithin } from "./wanted.ts";

/** Instead of a position: all has been found, and nobody needs to know where it ends. */
const DONE = -1;

/** The fields that are asked for of one message. */
interface Plan {
  readonly names: readonly string[];
  /** The names as they stand in the text, quotes included. */
  readonly keys: readonly Uint8Array[];
  /** What is asked for within each; `undefined` for all of it. */
  readonly within: readonly (Plan | undefined)[];
}

function planOf(wanted: Wanted): Plan | undefined {
  if (wanted === "whole") return undefined;
  const names = [...wanted.keys()];
  return { names, keys: names.map(keyOf), within: names.map((name) => planOf(wanted.get(name)!)) };
}

/** The line's fields and its event type: all of which one stands at the top of an event. */
function planOfEvents(wanted: WantedFields): Plan {
  const types: WantedWithin = new Map([...eventTypes().keys()].map((type) => [type, wanted.ofType(type)]));
  return planOf(new Map([...wanted.common, ...types]))!;
}

/** Fetches from one line after another. */
export class EventFetcher {
  readonly #plan: Plan;
  /** Fields at the top that an event may have: what happened, and those beside it. */
  readonly #count: number;
  #bytes = new Uint8Array(0);
  #buffer: SliceableBuffer = asBuffer(this.#bytes);
  /** What other modules need of the line. */
  #line: LineBytes = lineBytes(this.#bytes);
  /** Where the value ends that was taken last, or {@link DONE}. */
  #next = 0;
  /** Where the values begin that were fetched of the last line, in order. */
  readonly #places: number[] = [];
  readonly #matters: ((start: number, end: number) => boolean) | undefined;

  /** @param matters Whether anybody looks at a string that stands in `[start, end)`: others are fetched as `""`. @default all */
  constructor(wanted: WantedFields, matters?: (start: number, end: number) => boolean) {
    this.#plan = planOfEvents(wanted);
    this.#count = wanted.common.size + 1;
    this.#matters = matters;
  }

  /** Says which buffer lines lie in from now on. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#buffer = asBuffer(bytes);
    this.#line = lineBytes(bytes);
  }

  /**
   * The event whose line begins at `start`, with the fields that were asked for and no others: `process_exec` is there,
   * empty if need be, and so is each message on the way to a field if the event has it.
   */
  fetch(start: number): JsonObject {
    this.#places.length = 0;
    return this.#object(this.#plan, skipSpace(this.#bytes, start), this.#count, true);
  }

  /**
   * The edits in the line that was fetched last which make `before`, what was fetched, `after`: a copy in which values are
   * others.
   * @returns In ascending order.
   */
  editsOf(before: JsonObject, after: JsonObject): Edit[] {
    const edits: Edit[] = [];
    this.#compare(this.#plan, before, after, 0, edits);
    return edits;
  }

  /** @param place Number of the first value's place. @returns That of the next one behind `before`. */
  #compare(plan: Plan | undefined, before: unknown, after: unknown, place: number, edits: Edit[]): number {
    if (plan === undefined || typeof before !== "object" || before === null) {
      if (before !== after) edits.push(...editsOf(this.#line, this.#places[place]!, before, after));
      return place + 1;
    }
    let next = place;
    for (const key of Object.keys(before)) {
      const inner = Array.isArray(before) ? plan : plan.within[plan.names.indexOf(key)];
      next = this.#compare(inner, before[key as never], (after as JsonObject)[key], next, edits);
    }
    return next;
  }

  /**
   * The object at `at`.
   * @param count Fields of the plan that it may have at most. @param isLast Whether nothing is asked for behind it.
   */
  #object(plan: Plan, at: number, count: number, isLast: boolean): JsonObject {
    const bytes = this.#bytes;
    const object: JsonObject = {};
    let left = count;
    let next = skipSpace(bytes, at + 1);
    while (bytes[next] === QUOTE) {
      if (left === 0) {
        this.#next = isLast ? DONE : this.#endOfObject(next);
        return object;
      }
      let end = next + 1;
      while (bytes[end] !== QUOTE) end++;
      end++;
      const field = findKey(plan.keys, bytes, next, end);
      if (bytes[end] !== COLON) end = skipSpace(bytes, end);
      const value = skipSpace(bytes, end + 1);
      if (field === -1) next = endOfValue(this.#line, value);
      else {
        left--;
        object[plan.names[field]!] = this.#value(plan.within[field], value, isLast && left === 0);
        if (this.#next === DONE) return object;
        next = this.#next;
      }
      if (bytes[next] !== COMMA) next = skipSpace(bytes, next);
      if (bytes[next] === COMMA) next = skipSpace(bytes, next + 1);
    }
    this.#next = next + 1;
    return object;
  }

  #value(plan: Plan | undefined, at: number, isLast: boolean): unknown {
    const byte = this.#bytes[at];
    if (plan !== undefined && byte === OPEN_BRACE) return this.#object(plan, at, plan.names.length, isLast);
    if (plan !== undefined && byte === OPEN_BRACKET) return this.#list(plan, at);
    this.#places.push(at);
    const end = endOfValue(this.#line, at);
    this.#next = end;
    if (byte !== QUOTE) return JSON.parse(this.#buffer.utf8Slice(at, end));
    if (this.#matters?.(at, end) === false) return "";
    const text = this.#buffer.utf8Slice(at + 1, end - 1);
    return text.includes("\\") ? JSON.parse(this.#buffer.utf8Slice(at, end)) : text;
  }

  #list(plan: Plan, at: number): unknown[] {
    const bytes = this.#bytes;
    const items: unknown[] = [];
    let next = skipSpace(bytes, at + 1);
    while (bytes[next] !== CLOSE_BRACKET) {
      items.push(this.#value(plan, next, false));
      next = skipSpace(bytes, this.#next);
      if (bytes[next] === COMMA) next = skipSpace(bytes, next + 1);
    }
    this.#next = next + 1;
    return items;
  }

  /** The position after the object that `at`, where one of its fields begins, lies in. */
  #endOfObject(at: number): number {
    const bytes = this.#bytes;
    const { view } = this.#line;
    let next = at;
    for (let depth = 1; depth > 0; ) {
      const byte = bytes[next]!;
      if (byte === QUOTE) next = scanString(bytes, view, next + 1);
      else {
        if (byte === OPEN_BRACE) depth++;
        else if (byte === CLOSE_BRACE) depth--;
        next++;
      }
    }
    return next;
  }
}
