/**
 * @module Reads what is written by the description of what may be: wrong shapes, unknown keys and words are findings, all
 * of them; what is right becomes a plain value, with defaults filled in and its place remembered.
 */
import type { Position } from "../policy.ts";
import { type Findings, oneOf, quote } from "./finding.ts";
import { join, Places } from "./places.ts";
import type { Kind, ObjectSchema, Read } from "./schema/kind.ts";
import { type KeyMeaning, meaningOfKey, meaningOfWord, numberOfName } from "./spelling.ts";
import { describe, type ListNode, type MapNode, type Node, type ScalarNode } from "./yaml/node.ts";

/** A document that was read. */
export interface ReadDocument<S extends ObjectSchema> {
  readonly value: Read<S>;
  readonly places: Places;
}

/** Reads a document. What is wrong with it is among the findings, and is missing in the value. */
export function readDocument<S extends ObjectSchema>(
  root: MapNode,
  schema: S,
  findings: Findings,
): ReadDocument<S> {
  const reader = new Reader(schema, findings);
  // What the reader makes has the schema's shape, which its types say.
  return { value: reader.object(root, schema, "") as Read<S>, places: reader.places };
}

/** Where a value is. */
interface Spot {
  readonly path: string;
  /** Of the key; for what is given without a value. */
  readonly keyAt: Position;
}

class Reader {
  readonly places = new Places();
  readonly #root: ObjectSchema;
  readonly #findings: Findings;

  constructor(root: ObjectSchema, findings: Findings) {
    this.#root = root;
    this.#findings = findings;
  }

  object(node: MapNode, schema: ObjectSchema, path: string): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const fields = new Map<string, Position>();
    const broken = new Set<string>();
    const keys = new Map<string, Position>();
    this.places.set(value, { at: node.at, path, fields, broken });
    for (const entry of node.entries) {
      // What else a key may mean takes a search.
      if (this.#findings.isFull && !Object.hasOwn(schema.fields, entry.key)) {
        broken.add("?");
        continue;
      }
      const meaning = meaningOfKey(entry.key, schema, this.#root);
      const name = this.#key(entry.key, { path, keyAt: entry.at }, meaning);
      if (name === undefined) {
        broken.add("?");
        continue;
      }
      const first = keys.get(name);
      if (first !== undefined) {
        const cure = `the first one is in line ${first.line}: write all of it there`;
        this.#refuse(
          entry.at,
          join(path, name),
          `the key ${quote(name)} a second time`,
          "every key once",
          cure,
        );
        continue;
      }
      keys.set(name, entry.at);
      if (isNothing(entry.value)) {
        const { is } = schema.fields[name]!;
        if (is.kind === "object" && is.isNullable) value[name] = null;
        continue;
      }
      fields.set(name, entry.value.at);
      const read = this.#value(entry.value, schema.fields[name]!.is, {
        path: join(path, name),
        keyAt: entry.at,
      });
      if (read === undefined) broken.add(name);
      else value[name] = read;
    }
    for (const [name, field] of Object.entries(schema.fields)) {
      if (fields.has(name)) continue;
      if (field.default !== undefined) value[name] = field.default;
      else if (field.isRequired) {
        broken.add(name);
        const at = keys.get(name) ?? node.at;
        this.#refuse(at, path, `no ${name}`, `${name}: ${field.doc.replaceAll("`", "").replace(/\.$/, "")}`);
      }
    }
    return value;
  }

  /** The field that a key names, said when it is written otherwise; `undefined` for one that is refused. */
  #key(key: string, { path, keyAt }: Spot, meaning: KeyMeaning): string | undefined {
    const found = `the key ${quote(key)}`;
    if (meaning.field === undefined) {
      this.#refuse(keyAt, path, found, meaning.expected, meaning.cure);
    } else if (meaning.cure !== "") {
      this.#warn(keyAt, path, found, meaning.cure);
    }
    return meaning.field;
  }

  /** @returns `undefined` for what is wrong, which has been said. */
  #value(node: Node, kind: Kind, spot: Spot): unknown {
    switch (kind.kind) {
      case "anything":
        return node;
      case "text":
        return this.#text(node, spot);
      case "flag":
        return this.#flag(node, spot);
      case "integer":
        return this.#integer(node, kind, spot);
      case "choice":
        return this.#choice(node, kind, spot);
      case "list":
        return this.#list(node, kind.of, spot);
      case "table":
        return this.#table(node, kind.of, spot);
      case "object":
        if (node.kind === "map") return this.object(node, kind.schema, spot.path);
        return this.#wrong(node, `a mapping (${kind.schema.name})`, spot, cureOfObject(node, kind.schema));
    }
  }

  #text(node: Node, spot: Spot): string | undefined {
    if (node.kind !== "scalar") return this.#wrong(node, "a text", spot);
    if (typeof node.value === "string") return node.value;
    if (node.value === null) return this.#wrong(node, "a text", spot, 'write "" for an empty one');
    return this.#wrong(node, "a text", spot, `write it in quotes: ${JSON.stringify(node.source)}`);
  }

  #flag(node: Node, spot: Spot): boolean | undefined {
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    const isWord = node.kind === "scalar" && node.isQuoted && /^(?:true|false)$/i.test(node.source);
    return this.#wrong(node, "true or false", spot, isWord ? "write it without quotes" : "");
  }

  #integer(node: Node, { min, max }: { min: number; max: number }, spot: Spot): number | undefined {
    const expected = `a number from ${min} to ${max}`;
    if (node.kind !== "scalar" || typeof node.value !== "number") {
      return this.#wrong(node, expected, spot, node.kind === "scalar" ? cureOfNumber(node.source) : "");
    }
    const isInside = Number.isSafeInteger(node.value) && node.value >= min && node.value <= max;
    return isInside ? node.value : this.#wrong(node, expected, spot);
  }

  #choice(node: Node, kind: Extract<Kind, { kind: "choice" }>, spot: Spot): string | undefined {
    if (node.kind !== "scalar" || typeof node.value !== "string") {
      return this.#wrong(node, oneOf(kind.values), spot);
    }
    const { word, expected, cure } = meaningOfWord(node.value, kind);
    if (word === undefined) return kind.isOpen ? node.value : this.#wrong(node, expected, spot, cure);
    if (cure !== "") this.#warn(node.at, spot.path, describe(node), cure);
    return word;
  }

  #list(node: Node, of: Kind, spot: Spot): unknown[] | undefined {
    if (node.kind !== "list") {
      const cure = node.kind === "map" ? 'begin it with "- "' : "write it in brackets: [...]";
      return this.#wrong(node, "a list", spot, cure);
    }
    return this.#items(node, of, spot);
  }

  #items(node: ListNode, of: Kind, { path, keyAt }: Spot): unknown[] {
    const items: unknown[] = [];
    const fields = new Map<number, Position>();
    const broken = new Set<number>();
    this.places.set(items, { at: node.at, path, fields, broken });
    for (const [index, item] of node.items.entries()) {
      fields.set(index, item.at);
      const read = this.#value(item, of, { path: join(path, index), keyAt });
      if (read !== undefined) items.push(read);
      else {
        broken.add(index);
        // Positions stay those of the document.
        if (of.kind === "object") items.push(this.#emptyObject(item, join(path, index)));
      }
    }
    return items;
  }

  #emptyObject({ at }: Node, path: string): object {
    const value = {};
    this.places.set(value, { at, path, fields: new Map(), broken: new Set(["?"]) });
    return value;
  }

  #table(node: Node, of: Kind, spot: Spot): Record<string, unknown> | undefined {
    if (node.kind !== "map") return this.#wrong(node, "a mapping", spot);
    const value: Record<string, unknown> = Object.create(null);
    const fields = new Map<string, Position>();
    const broken = new Set<string>();
    this.places.set(value, { at: node.at, path: spot.path, fields, broken });
    for (const entry of node.entries) {
      const path = join(spot.path, entry.key);
      if (fields.has(entry.key)) {
        this.#refuse(entry.at, path, `the key ${quote(entry.key)} a second time`, "every key once");
        continue;
      }
      fields.set(entry.key, entry.value.at);
      const read = this.#value(entry.value, of, { path, keyAt: entry.at });
      if (read === undefined) broken.add(entry.key);
      else value[entry.key] = read;
    }
    return value;
  }

  #wrong(node: Node, expected: string, { path, keyAt }: Spot, cure = ""): undefined {
    const at = node.kind === "scalar" && node.source === "" && !node.isQuoted ? keyAt : node.at;
    return this.#refuse(at, path, describe(node), expected, cure);
  }

  #refuse(at: Position, path: string, found: string, expected: string, cure = ""): undefined {
    this.#findings.add({ severity: "error", at, path, found, expected, cure });
    return undefined;
  }

  #warn(at: Position, path: string, found: string, cure: string): void {
    this.#findings.add({ severity: "warning", at, path, found, cure });
  }
}

/** A key without a value sets nothing. */
function isNothing(node: Node): node is ScalarNode {
  return node.kind === "scalar" && node.value === null;
}

function cureOfNumber(text: string): string {
  if (/^-?[0-9]+$/.test(text)) return "write it without quotes";
  const number = numberOfName(text);
  return number === undefined ? "" : `write ${number}`;
}

/** Who writes one word for an object means its first field. */
function cureOfObject(node: Node, { fields }: ObjectSchema): string {
  const [first] = Object.keys(fields);
  if (node.kind === "list") return 'remove the "- " or the brackets';
  return node.kind === "scalar" && fields[first!]?.isRequired ? `write {${first}: ${node.source}}` : "";
}
