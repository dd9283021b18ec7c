/** @module The tokens of Kubernetes label selectors. */

/** A selector that does not parse. */
export class SelectorSyntaxError extends SyntaxError {
  /** Offset in the selector, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A token; symbols have themselves as their type. */
export interface Token {
  readonly type: string;
  readonly text: string;
  readonly offset: number;
}

/** Longest first. */
const SYMBOL = /==|!=|[=!(),><]/y;
const IDENTIFIER = /[^=!(),>< \t\r\n]+/y;
const WHITESPACE = /[ \t\r\n]*/y;

/** Splits a selector into tokens. */
export class SelectorLexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** All tokens, the last of type `end`. */
  tokens(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      this.#match(WHITESPACE);
      const offset = this.#at;
      const symbol = this.#match(SYMBOL);
      const text = symbol ?? this.#match(IDENTIFIER);
      if (text === undefined) return [...tokens, { type: "end", text: "", offset }];
      tokens.push({ type: symbol ?? "identifier", text, offset });
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text !== undefined) this.#at += text.length;
    return text;
  }
}
