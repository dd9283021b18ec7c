/**
 * @module JSON objects one after another, as Go's `json.Decoder` takes them, with the place of every value.
 *
 * `JSON.parse` knows neither places nor duplicate keys, and a filter's author is shown both.
 */

/** A value in the text, from `start` up to `end`. */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonStringNode | JsonNumberNode | JsonLiteralNode;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** An object; of members with one key all are kept. */
export interface JsonObjectNode extends Span {
  readonly type: "object";
  readonly members: readonly JsonMember[];
}

/** A key and its value. */
export interface JsonMember {
  readonly key: JsonStringNode;
  readonly value: JsonNode;
}

/** An array. */
export interface JsonArrayNode extends Span {
  readonly type: "array";
  readonly items: readonly JsonNode[];
}

/** A string; its span includes the quotes. */
export interface JsonStringNode extends Span {
  readonly type: "string";
  readonly value: string;
}

/** A number. */
export interface JsonNumberNode extends Span {
  readonly type: "number";
  readonly value: number;
}

/** `true`, `false` or `null`. */
export interface JsonLiteralNode extends Span {
  readonly type: "true" | "false" | "null";
}

/** Text that is not JSON. */
export class JsonSyntaxError extends SyntaxError {
  /** Offset of the first character that is wrong. */
  readonly offset: number;
  /** Values that were read before it. */
  complete = 0;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Nobody writes by hand what is deeper. */
const MAX_DEPTH = 64;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;
const WHITESPACE = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Reads every value of `text`; between them may be whitespace or nothing.
 * @throws JsonSyntaxError
 */
export function parseJsonValues(text: string): JsonNode[] {
  return new Reader(text).readAll();
}

/** The offset in the text of character `index` of the string `node`, escapes counted. */
export function offsetInString(text: string, node: JsonStringNode, index: number): number {
  let offset = node.start + 1;
  for (let i = 0; i < index && offset < node.end - 1; i++) {
    if (text.charAt(offset) !== "\\") offset += 1;
    else offset += text.charAt(offset + 1) === "u" ? 6 : 2;
  }
  return offset;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): JsonNode[] {
    const nodes: JsonNode[] = [];
    try {
      for (this.#skipWhitespace(); this.#at < this.#text.length; this.#skipWhitespace()) {
        nodes.push(this.#readValue(0));
      }
    } catch (error) {
      if (error instanceof JsonSyntaxError) error.complete = nodes.length;
      throw error;
    }
    return nodes;
  }

  #readValue(depth: number): JsonNode {
    const start = this.#at;
    switch (this.#text.charAt(start)) {
      case "{":
        return this.#readObject(depth);
      case "[":
        return this.#readArray(depth);
      case '"':
        return this.#readString();
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) return { type: "number", value: Number(number), start, end: this.#at };
    const literal = this.#match(LITERAL);
    if (literal !== undefined) return { type: literal as "true" | "false" | "null", start, end: this.#at };
    return this.#fail("expected a JSON value");
  }

  #readObject(depth: number): JsonObjectNode {
    const start = this.#enter(depth);
    const members: JsonMember[] = [];
    if (this.#take("}")) return { type: "object", members, start, end: this.#at };
    do {
      this.#skipWhitespace();
      if (this.#text.charAt(this.#at) !== '"') this.#fail("expected a key in double quotes");
      const key = this.#readString();
      if (!this.#take(":")) this.#fail('expected ":" after the key');
      this.#skipWhitespace();
      members.push({ key, value: this.#readValue(depth + 1) });
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail('expected "," or "}"');
    return { type: "object", members, start, end: this.#at };
  }

  #readArray(depth: number): JsonArrayNode {
    const start = this.#enter(depth);
    const items: JsonNode[] = [];
    if (this.#take("]")) return { type: "array", items, start, end: this.#at };
    do {
      this.#skipWhitespace();
      items.push(this.#readValue(depth + 1));
    } while (this.#take(","));
    if (!this.#take("]")) this.#fail('expected "," or "]"');
    return { type: "array", items, start, end: this.#at };
  }

  #enter(depth: number): number {
    if (depth === MAX_DEPTH) this.#fail(`expected at most ${MAX_DEPTH} levels`);
    return this.#at++;
  }

  #readString(): JsonStringNode {
    const start = this.#at++;
    for (let character = ""; character !== '"'; ) {
      character = this.#text.charAt(this.#at);
      if (character === "") throw new JsonSyntaxError('expected a closing "', start);
      if (character < " ") this.#fail("expected no bare control character in a string");
      if (character !== "\\") this.#at++;
      else if (this.#match(ESCAPE) === undefined) this.#fail("invalid escape sequence");
    }
    const value: string = JSON.parse(this.#text.slice(start, this.#at));
    // Go's protojson refuses half a surrogate pair, which no UTF-8 text can hold.
    if (!value.isWellFormed())
      throw new JsonSyntaxError("expected whole surrogate pairs in the string", start);
    return { type: "string", value, start, end: this.#at };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #skipWhitespace(): void {
    this.#match(WHITESPACE);
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text.charAt(this.#at)) : "the end";
    throw new JsonSyntaxError(`${expected}, found ${found}`, this.#at);
  }
}
