/**
 * @module The plain subset of RE2 that JavaScript's own `RegExp` can run: the same result, a fraction of the time.
 *
 * In the subset are literals, `.`, character classes, `^`, `$`, `\b`, groups, alternatives, quantifiers on single
 * characters, `?` on groups, and a leading `(?i)`. What is not in it returns `undefined` and is left to RE2.
 * `RegExp` backtracks, so each pattern is given the longest text for which all ways of matching together stay
 * under {@link MAX_STEPS}.
 */

/** A pattern of the subset. */
export interface PlainPattern {
  readonly regExp: RegExp;
  /** Texts with more UTF-16 units than this belong to RE2. */
  readonly maxLength: number;
}

/** Steps of a backtracking matcher that a pattern may cost on one text: about a millisecond. */
const MAX_STEPS = 1_000_000;
/** A pattern that is too costly for texts as short as this is not worth having twice. */
const MIN_LENGTH = 64;
/** Repetitions in `{n,m}`; RE2's own limit is 1000. */
const MAX_REPEAT = 100;

/** A translated piece of a pattern and what matching it costs. */
interface Piece {
  readonly source: string;
  /** Ways in which it can match at one place; unbounded repetition not counted. */
  readonly paths: number;
  /** Characters that it matches at most; unbounded repetition counted as one. */
  readonly length: number;
  /** Unbounded repetitions on one path. */
  readonly unbounded: number;
}

/** Thrown, and caught in this module, where a pattern leaves the subset. */
const NOT_PLAIN = Symbol("not plain");

/** Translates `pattern`, which must be valid RE2, or returns `undefined` when it is not in the subset. */
export function translatePlain(pattern: string): PlainPattern | undefined {
  try {
    const piece = new Translator(pattern).translate();
    const maxLength = affordableLength(piece);
    return maxLength < MIN_LENGTH ? undefined : { regExp: new RegExp(piece.source, "u"), maxLength };
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

/** Matching may begin at every character, and one unbounded repetition may end at every character after it. */
function affordableLength({ paths, length, unbounded }: Piece): number {
  if (unbounded > 1) return 0;
  const perPlace = paths * (length + 1);
  return Math.floor(unbounded === 1 ? Math.sqrt(MAX_STEPS / perPlace) : MAX_STEPS / perPlace);
}

const EMPTY: Piece = { source: "", paths: 1, length: 0, unbounded: 0 };

/** Inside of a character class. `\w` and `\s` are ASCII in RE2, and `\s` has no vertical tab. */
const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: "\\t\\n\\f\\r ",
};
const CONTROLS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 };
/** Beyond ASCII, RE2's case folding joins these with `k` and `s`. */
const FOLDED: Readonly<Record<string, string>> = { k: "\\u{212a}", s: "\\u{17f}" };

const QUANTIFIER = /([*+?]|\{(\d+)(,(\d*))?\})\??/y;

class Translator {
  readonly #pattern: string;
  readonly #foldsCase: boolean;
  #at: number;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#foldsCase = pattern.startsWith("(?i)");
    this.#at = this.#foldsCase ? 4 : 0;
  }

  translate(): Piece {
    const piece = this.#alternatives();
    if (this.#at < this.#pattern.length) throw NOT_PLAIN;
    return piece;
  }

  #alternatives(): Piece {
    let { source, paths, length, unbounded } = this.#sequence();
    while (this.#peek() === "|") {
      this.#at++;
      const next = this.#sequence();
      source += `|${next.source}`;
      paths += next.paths;
      length = Math.max(length, next.length);
      unbounded = Math.max(unbounded, next.unbounded);
    }
    return { source, paths, length, unbounded };
  }

  #sequence(): Piece {
    let { source, paths, length, unbounded } = EMPTY;
    for (let next = this.#peek(); next !== "" && next !== "|" && next !== ")"; next = this.#peek()) {
      const item = this.#item();
      source += item.source;
      paths *= item.paths;
      length += item.length;
      unbounded += item.unbounded;
    }
    return { source, paths, length, unbounded };
  }

  #item(): Piece {
    const first = this.#peek();
    if (first === "^" || first === "$") return this.#assertion(first, 1);
    if (first === "\\" && this.#pattern[this.#at + 1] === "b") return this.#assertion("\\b", 2);
    if (first === "(") return this.#group();
    return this.#quantified({ source: this.#character(), paths: 1, length: 1, unbounded: 0 });
  }

  #assertion(source: string, width: number): Piece {
    // With (?i), RegExp's own \b knows other letters than RE2's.
    if (width === 2 && this.#foldsCase) throw NOT_PLAIN;
    this.#at += width;
    if (this.#quantifier() !== undefined) throw NOT_PLAIN;
    return { ...EMPTY, source };
  }

  #group(): Piece {
    this.#at++;
    if (this.#pattern.startsWith("?:", this.#at)) this.#at += 2;
    else if (this.#peek() === "?") throw NOT_PLAIN;
    const inner = this.#alternatives();
    if (this.#peek() !== ")") throw NOT_PLAIN;
    this.#at++;
    const quantifier = this.#quantifier();
    const group = { ...inner, source: `(?:${inner.source})` };
    if (quantifier === undefined) return group;
    if (quantifier.min !== 0 || quantifier.max !== 1) throw NOT_PLAIN;
    return { ...group, source: `${group.source}?`, paths: inner.paths + 1 };
  }

  #quantified(piece: Piece): Piece {
    const quantifier = this.#quantifier();
    if (quantifier === undefined) return piece;
    const { min, max } = quantifier;
    const bounded = max ?? min;
    if (min > MAX_REPEAT || bounded > MAX_REPEAT) throw NOT_PLAIN;
    return {
      source: `${piece.source}{${min},${max ?? ""}}`,
      paths: max === undefined ? 1 : max - min + 1,
      length: Math.max(1, bounded),
      unbounded: max === undefined ? 1 : 0,
    };
  }

  /** Reads a quantifier; lazy or not makes no difference to whether there is a match. */
  #quantifier(): { min: number; max: number | undefined } | undefined {
    QUANTIFIER.lastIndex = this.#at;
    const match = QUANTIFIER.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    const [, symbol, min, range, max] = match;
    if (symbol === "*") return { min: 0, max: undefined };
    if (symbol === "+") return { min: 1, max: undefined };
    if (symbol === "?") return { min: 0, max: 1 };
    if (range === undefined) return { min: Number(min), max: Number(min) };
    return { min: Number(min), max: max === "" ? undefined : Number(max) };
  }

  /** One atom that matches one character. */
  #character(): string {
    const character = this.#next();
    switch (character) {
      case ".":
        return "[^\\n]";
      case "[":
        return this.#class();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        throw NOT_PLAIN;
    }
    return this.#literal(character);
  }

  #escape(): string {
    const character = this.#next();
    const set = CLASSES[character.toLowerCase()];
    if (set !== undefined) {
      if (this.#foldsCase && character.toLowerCase() === "w") throw NOT_PLAIN;
      return character in CLASSES ? `[${set}]` : `[^${set}]`;
    }
    return this.#literal(this.#escapedLiteral(character));
  }

  #escapedLiteral(character: string): string {
    const control = CONTROLS[character];
    if (control !== undefined) return String.fromCodePoint(control);
    if (!/^[!-/:-@[-`{-~]$/.test(character)) throw NOT_PLAIN;
    return character;
  }

  #literal(character: string): string {
    if (!this.#foldsCase) return codePoint(character);
    if (character > "\u007f") throw NOT_PLAIN;
    const lower = character.toLowerCase();
    const upper = character.toUpperCase();
    if (lower === upper) return codePoint(character);
    return `[${lower}${upper}${FOLDED[lower] ?? ""}]`;
  }

  #class(): string {
    if (this.#foldsCase) throw NOT_PLAIN;
    const isNegated = this.#peek() === "^";
    if (isNegated) this.#at++;
    let source = "";
    // In RE2 a bracket right after the opening one is a literal, which is rare enough to be left to RE2.
    if (this.#peek() === "]") throw NOT_PLAIN;
    while (this.#peek() !== "]") source += this.#classItem();
    this.#at++;
    return `[${isNegated ? "^" : ""}${source}]`;
  }

  #classItem(): string {
    const first = this.#next();
    if (first === "[") throw NOT_PLAIN;
    if (first === "\\" && this.#peek() in CLASSES) return CLASSES[this.#next()]!;
    const low = first === "\\" ? this.#escapedLiteral(this.#next()) : first;
    if (this.#peek() !== "-" || this.#pattern[this.#at + 1] === "]") return codePoint(low);
    this.#at++;
    const second = this.#next();
    if (second === "[" || (second === "\\" && this.#peek() in CLASSES)) throw NOT_PLAIN;
    const high = second === "\\" ? this.#escapedLiteral(this.#next()) : second;
    return `${codePoint(low)}-${codePoint(high)}`;
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  /** The next whole character. */
  #next(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw NOT_PLAIN;
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }
}

/** `character` as it may stand anywhere in a pattern with the `u` flag. */
function codePoint(character: string): string {
  return /^[0-9A-Za-z_/ ]$/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
