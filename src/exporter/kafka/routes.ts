/** @module Where an event goes: its topic, and its key. */
import { headerFields, plainText } from "../../encoding/header-fields.ts";
import { METADATA_EVENTS } from "../../event/description/metadata.ts";
import { KNOWN_TYPES } from "../../event/kind.ts";
import { asBuffer, type SliceableBuffer } from "../../lib/bytes.ts";
import { murmur2 } from "../../lib/kafka/murmur2.ts";
import { type KeyKind, TYPE_IN_TOPIC } from "./choices.ts";

/** A key, and its hash. */
export interface Key {
  readonly bytes: Uint8Array;
  readonly hash: number;
}

/** Where a record goes. */
export interface Route {
  readonly topic: string;
  readonly key: Key | undefined;
}

/** Keys that are kept, and the longest one, in bytes. */
const [MOST_KEYS, LONGEST_KEY] = [4096, 1024];
const QUOTE = 0x22;
const UNKNOWN = "unknown";
/** How Tetragon begins an event: its type, then the process. */
const TYPE_START = '{"';
const PROCESS_START = '":{"process":{';
const LONGEST_TYPE = 48;
/** What ends the process that an event is about: nothing of its parent may be taken for it. */
const PARENT = '},"parent":{';
const FIELDS = { container: '"docker":"', "exec-id": '"exec_id":"' } as const;
const NODE = '"node_name":"';

/** Finds routes. What is found once is kept. */
export class Router {
  readonly #topic: string;
  readonly #kind: KeyKind;
  readonly #topics = new Map<string, string>();
  readonly #keys = new Map<string, Key>();
  readonly #isByType: boolean;

  constructor(topic: string, kind: KeyKind) {
    this.#topic = topic;
    this.#kind = kind;
    this.#isByType = topic.includes(TYPE_IN_TOPIC);
  }

  /** @param bytes The event is `[start, end)`, without its newline. */
  route(bytes: Uint8Array, start: number, end: number): Route {
    if (!this.#isByType && this.#kind === "none") return { topic: this.#topic, key: undefined };
    // What is looked for may not be there: nobody may look behind the line.
    const line = asBuffer(bytes).subarray(start, end) as SliceableBuffer;
    const type = tetragonType(line);
    const key = type === undefined ? undefined : this.#fastKey(line);
    if (type !== undefined && (key !== undefined || this.#kind === "none"))
      return { topic: this.#topicOf(type), key: this.#keyOf(key) };
    return this.#slowRoute(line);
  }

  #topicOf(type: string): string {
    if (!this.#isByType) return this.#topic;
    let topic = this.#topics.get(type);
    if (topic === undefined) {
      const isKnown = KNOWN_TYPES.has(type) || (METADATA_EVENTS as readonly string[]).includes(type);
      // Types without end must not make topics without end.
      topic = this.#topic.replaceAll(TYPE_IN_TOPIC, isKnown ? type : UNKNOWN);
      if (isKnown) this.#topics.set(type, topic);
    }
    return topic;
  }

  /** The key of an event as Tetragon writes it; `undefined` where it is not found so. */
  #fastKey(line: SliceableBuffer): string | undefined {
    const kind = this.#kind;
    if (kind === "none") return undefined;
    if (kind !== "node") {
      const parent = line.indexOf(PARENT, 0, "latin1");
      const limit = parent < 0 ? line.length : parent;
      const found = textAfter(line, line.indexOf(FIELDS[kind], 0, "latin1"), FIELDS[kind].length, limit);
      if (found !== undefined) return found;
      if (kind === "exec-id") return undefined;
    }
    return textAfter(line, line.lastIndexOf(NODE, line.length, "latin1"), NODE.length, line.length);
  }

  #keyOf(text: string | undefined): Key | undefined {
    if (text === undefined || text === "") return undefined;
    let key = this.#keys.get(text);
    if (key === undefined) {
      if (this.#keys.size === MOST_KEYS) this.#keys.clear();
      const bytes = Buffer.from(text, "latin1");
      key = { bytes, hash: murmur2(bytes) };
      this.#keys.set(text, key);
    }
    return key;
  }

  /** Any event, and metadata. Texts are one character a byte. */
  #slowRoute(line: SliceableBuffer): Route {
    const { type, host } = headerFields(line, 0, line.length);
    const node = plainText(host);
    const name = plainText(type);
    const kind = this.#kind;
    const own = kind === "none" || kind === "node" ? "" : processField(line, name, kind);
    const text = (own === "" ? node : own).slice(0, LONGEST_KEY);
    return { topic: this.#topicOf(name), key: kind === "none" ? undefined : this.#keyOf(text) };
  }
}

/** The type of an event that is written as Tetragon does it. */
function tetragonType(line: SliceableBuffer): string | undefined {
  const first = TYPE_START.length;
  if (line.length < first || line.latin1Slice(0, first) !== TYPE_START) return undefined;
  const last = line.indexOf(QUOTE, first);
  const after = last + PROCESS_START.length;
  if (last < 0 || last - first > LONGEST_TYPE || after > line.length) return undefined;
  if (line.latin1Slice(last, after) !== PROCESS_START) return undefined;
  return line.latin1Slice(first, last);
}

/**
 * The text whose key is at `at`; `undefined` where there is none before `limit`, or it is not plain. The key cannot be part of a
 * text: there its quotes would be escaped.
 */
function textAfter(buffer: SliceableBuffer, at: number, keyBytes: number, limit: number): string | undefined {
  if (at < 0 || at >= limit) return undefined;
  const first = at + keyBytes;
  const last = buffer.indexOf(QUOTE, first);
  if (last <= first || last >= limit || last - first > LONGEST_KEY) return undefined;
  const text = buffer.latin1Slice(first, last);
  return text.includes("\\") ? undefined : text;
}

/** A field of the process that an event is about, one character a byte; empty where there is none. */
function processField(line: SliceableBuffer, type: string, kind: keyof typeof FIELDS): string {
  try {
    const event = JSON.parse(line.utf8Slice(0, line.length)) as Record<string, unknown>;
    const { process } = event[type] as { process?: { docker?: unknown; exec_id?: unknown } };
    const value = kind === "container" ? process?.docker : process?.exec_id;
    return typeof value === "string" ? Buffer.from(value).toString("latin1") : "";
  } catch {
    return "";
  }
}
