/**
 * @module What the header of a format says of an event, found at the two ends of its line: nothing between is looked at.
 * Tetragon writes what happened first, and the node and the time last. Most events share their type, their node and their
 * second with others, so what a format makes of these is kept.
 */
import { COMMON_FIELDS } from "../event/kind.ts";
import { BACKSLASH, bytesOf, COLON, COMMA, OPEN_BRACE, QUOTE, SPACE } from "../event/scan/line.ts";
import { asBuffer } from "../lib/bytes.ts";
import type { HeaderFields } from "./header-fields.ts";
import { KnownText, viewOf } from "./known-text.ts";
import { Tails } from "./tails.ts";

const DOT = 0x2e;
const DIGITS = bytesOf("0123456789");
/** `2026-11-30T05:31:45` */
const SECOND_BYTES = 19;
const MOST_FRACTION_DIGITS = 9;
const LONGEST_NAME = 256;
/** Types, nodes and seconds that are kept, of each. */
const MAX_KNOWN = 64;
/** Of a list, what costs little to pass. */
const NEAR = 4;
const TIME_KEY = new KnownText(Buffer.from('"time":"'));
const NODE_KEY = new KnownText(Buffer.from('"node_name":"'));

/** A type or a node, and what is kept for both. */
interface Known<T> {
  readonly text: KnownText;
  /** As in {@link HeaderFields}. */
  readonly name: string;
  readonly number: number;
  /** Of a type: by the numbers of nodes. */
  readonly heads: (T | undefined)[];
}

/** What a format makes of events that have something in common. Texts are as in {@link HeaderFields}. */
export interface HeadMaker<T, S> {
  head(type: string, host: string): T;
  /** @param text Such as `2026-11-30T05:31:45`, of UTC. @returns `undefined` for what is no time. */
  second(text: string): S | undefined;
}

/** Finds it in one line after another. */
export class HeadFinder<T, S> {
  /** What is kept for the second of the last line. */
  second: S | undefined;
  /** Where its seconds end. */
  secondsEnd = 0;
  /** Where its time ends: behind the fraction, before the `Z`. */
  timeEnd = 0;
  readonly #make: HeadMaker<T, S>;
  /** Those that were found last are among the first ones. */
  #types: Known<T>[] = [];
  #hosts: Known<T>[] = [];
  readonly #seconds = new Map<string, S | undefined>();
  #secondText = new KnownText(new Uint8Array(SECOND_BYTES));
  readonly #tails = new Tails();
  #bytes = new Uint8Array(0);
  #view = viewOf(this.#bytes);

  constructor(make: HeadMaker<T, S>) {
    this.#make = make;
  }

  /**
   * What is kept for the event `bytes[start, end)`, which is JSON; `undefined` where it is not as Tetragon writes events:
   * then `headerFields` has to look at it.
   */
  find(bytes: Uint8Array, start: number, end: number): T | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes as Uint8Array<ArrayBuffer>;
      this.#view = viewOf(bytes);
    }
    const key = this.#findTime(start, end);
    if (key < 0) return undefined;
    const host = this.#findHost(start, comma(bytes, key));
    const type = host && this.#findType(start, key);
    if (host === undefined || type === undefined) return undefined;
    const head = type.heads[host.number] ?? this.#make.head(type.name, host.name);
    type.heads[host.number] = head;
    return head;
  }

  /** The event was of another form. @param fields What it says: lines may end from now on as it does. */
  learn(bytes: Uint8Array, start: number, end: number, { time }: HeaderFields): void {
    this.#tails.learn(asBuffer(bytes).subarray(start, end), time);
  }

  /** @returns Where the time's member begins, or -1. */
  #findTime(start: number, end: number): number {
    const bytes = this.#bytes;
    const timeEnd = this.#tails.find(bytes, start, end) - 1;
    let at = timeEnd - 1;
    const least = Math.max(start, at - MOST_FRACTION_DIGITS);
    while (at > least && DIGITS[bytes[at]!] === 1) at--;
    const hasFraction = bytes[at] === DOT && at < timeEnd - 1;
    if (!hasFraction && bytes[at] !== COLON) return -1;
    this.timeEnd = timeEnd;
    this.secondsEnd = hasFraction ? at : timeEnd;
    const timeStart = this.secondsEnd - SECOND_BYTES;
    const key = timeStart - TIME_KEY.length;
    if (key <= start || !TIME_KEY.isAt(this.#view, key) || comma(bytes, key) < 0) return -1;
    if (!this.#secondText.isAt(this.#view, timeStart)) this.#setSecond(timeStart);
    return this.second === undefined ? -1 : key;
  }

  #setSecond(at: number): void {
    const bytes = Buffer.from(this.#bytes.subarray(at, at + SECOND_BYTES));
    const text = bytes.toString("latin1");
    this.#secondText = new KnownText(bytes);
    this.second = this.#seconds.get(text);
    if (this.second !== undefined) return;
    if (this.#seconds.size === MAX_KNOWN) this.#seconds.clear();
    this.second = this.#make.second(text);
    this.#seconds.set(text, this.second);
  }

  /** @param end Of the node's member. */
  #findHost(start: number, end: number): Known<T> | undefined {
    const hosts = this.#hosts;
    for (let i = 0; i < hosts.length; i++) {
      const host = hosts[i]!;
      const at = end - host.text.length;
      if (at > start && host.text.isAt(this.#view, at) && comma(this.#bytes, at) >= 0)
        return toFront(hosts, i);
    }
    return this.#addHost(start, end);
  }

  #addHost(start: number, end: number): Known<T> | undefined {
    const bytes = this.#bytes;
    if (bytes[end - 1] !== QUOTE) return undefined;
    let from = end - 1;
    const least = Math.max(start + NODE_KEY.length + 1, from - LONGEST_NAME);
    for (; from > least && bytes[from - 1] !== QUOTE; from--)
      if (bytes[from - 1] === BACKSLASH) return undefined;
    const at = from - NODE_KEY.length;
    if (at <= start || !NODE_KEY.isAt(this.#view, at) || comma(bytes, at) < 0) return undefined;
    if (this.#hosts.length === MAX_KNOWN) this.#forget();
    const name = asBuffer(bytes).toString("latin1", from, end - 1);
    const host = knownOf<T>(name, bytes.slice(at, end), this.#hosts.length);
    this.#hosts.push(host);
    return host;
  }

  #findType(start: number, end: number): Known<T> | undefined {
    const types = this.#types;
    for (let i = 0; i < types.length; i++) {
      const { text } = types[i]!;
      if (start + text.length < end && text.isAt(this.#view, start)) return toFront(types, i);
    }
    return this.#addType(start, end);
  }

  #addType(start: number, end: number): Known<T> | undefined {
    const bytes = this.#bytes;
    if (bytes[start] !== OPEN_BRACE || bytes[start + 1] !== QUOTE) return undefined;
    let at = start + 2;
    const most = Math.min(end, at + LONGEST_NAME);
    for (; at < most && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) return undefined;
    if (bytes[at] !== QUOTE || bytes[at + 1] !== COLON || bytes[at + 2] !== OPEN_BRACE) return undefined;
    const name = asBuffer(bytes).toString("latin1", start + 2, at);
    if (name === "" || COMMON_FIELDS.has(name)) return undefined;
    if (this.#types.length === MAX_KNOWN) this.#types.length = 0;
    const type = knownOf<T>(name, bytes.slice(start, at + 3), 0);
    this.#types.push(type);
    return type;
  }

  #forget(): void {
    this.#hosts.length = this.#types.length = 0;
  }
}

function knownOf<T>(name: string, text: Uint8Array, number: number): Known<T> {
  return { text: new KnownText(text), name, number, heads: [] };
}

/** What is found once is found again soon: it goes to the front, unless it is near. */
function toFront<T>(all: Known<T>[], i: number): Known<T> {
  const found = all[i]!;
  if (i >= NEAR) {
    all[i] = all[0]!;
    all[0] = found;
  }
  return found;
}

/** Where the comma before the member at `at` is, if there is one: Tetragon's builds write a space behind it, or none. */
function comma(bytes: Uint8Array, at: number): number {
  const before = bytes[at - 1] === SPACE ? at - 2 : at - 1;
  return bytes[before] === COMMA ? before : -1;
}
