/**
 * @module The plain subset of RE2 that JavaScript's own `RegExp` can run: the same result, a fraction of the time.
 *
 * In the subset are literals, `.`, character classes, `^`, `$`, `\b`, groups, alternatives, quantifiers on single
 * characters, `?` on groups, and a leading `(?i)`. What is not in it returns `undefined` and is left to RE2.
 * `RegExp` backtracks, so each pattern is given the longest text for which all ways of matching together stay
 * under a million steps.
 */

import { MAX_TRIES } from "./occurrence.ts";
import { affordableLength, EMPTY, either, joined, type Piece, stepsAt } from "./piece.ts";

/** A pattern of the subset. */
export interface PlainPattern {
  /** With `u`, `RegExp` takes it. */
  readonly source: string;
  /** Texts with more UTF-16 units than this belong to RE2. */
  readonly maxLength: number;
  /** The same where matches are tried at {@link MAX_TRIES} places at most. */
  readonly maxLengthOfTries: number;
}

/** A pattern that is too costly for texts as short as this is not worth having twice. */
const MIN_LENGTH = 64;
/** Repetitions in `{n,m}`; RE2's own limit is 1000. */
const MAX_REPEAT = 100;

/** Thrown, and caught in this module, where a pattern leaves the subset. */
const NOT_PLAIN = Symbol("not plain");

/**
 * Translates `pattern`, which must be valid RE2, or returns `undefined` when it is not in the subset.
 * @param keepsGroups Whether `RegExp` is to say what groups captured: the same as RE2 says. Then no match is empty.
 */
export function translatePlain(pattern: string, keepsGroups = false): PlainPattern | undefined {
  try {
    const piece = new Translator(pattern, keepsGroups).translate();
    if (keepsGroups && piece.canBeEmpty) return undefined;
    const maxLength = affordableLength((length) => length * stepsAt(piece, length));
    const maxLengthOfTries = affordableLength((length) => MAX_TRIES * stepsAt(piece, length));
    if (maxLengthOfTries < MIN_LENGTH) return undefined;
    return { source: piece.source, maxLength: maxLength < MIN_LENGTH ? 0 : maxLength, maxLengthOfTries };
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

/** Inside of a character class. `\w` and `\s` are ASCII in RE2, and `\s` has no vertical tab. */
const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: "\\t\\n\\f\\r ",
};
const CONTROLS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 };
/** Beyond ASCII, RE2's case folding joins these with `k` and `s`. */
const FOLDED: Readonly<Record<string, string>> = { k: "\\u{212a}", s: "\\u{17f}" };

const QUANTIFIER = /([*+?]|\{(\d+)(,(\d*))?\})(\??)/y;

class Translator {
  readonly #pattern: string;
  readonly #keepsGroups: boolean;
  readonly #foldsCase: boolean;
  #at: number;

  constructor(pattern: string, keepsGroups: boolean) {
    this.#pattern = pattern;
    this.#keepsGroups = keepsGroups;
    this.#foldsCase = pattern.startsWith("(?i)");
    this.#at = this.#foldsCase ? 4 : 0;
  }

  translate(): Piece {
    const piece = this.#alternatives();
    if (this.#at < this.#pattern.length) throw NOT_PLAIN;
    return piece;
  }

  #alternatives(): Piece {
    let piece = this.#sequence();
    while (this.#peek() === "|") {
      this.#at++;
      piece = either(piece, this.#sequence());
    }
    return piece;
  }

  #sequence(): Piece {
    let piece = EMPTY;
    for (let next = this.#peek(); next !== "" && next !== "|" && next !== ")"; next = this.#peek())
      piece = joined(piece, this.#item());
    return piece;
  }

  #item(): Piece {
    const first = this.#peek();
    if (first === "^" || first === "$") return this.#assertion(first, 1);
    if (first === "\\" && this.#pattern[this.#at + 1] === "b") return this.#assertion("\\b", 2);
    if (first === "(") return this.#group();
    const begin = this.#at;
    const source = this.#character();
    return this.#quantified(source, this.#startsOf(this.#pattern.slice(begin, this.#at)));
  }

  /** The characters that one atom stands for, if it is not a class. */
  #startsOf(atom: string): readonly string[] | undefined {
    const character = atom.startsWith("\\") ? atom.slice(1) : atom;
    // Letters that are escaped are classes or control characters.
    if (atom.startsWith("\\") && /[0-9A-Za-z]/.test(character)) return undefined;
    if (!atom.startsWith("\\") && (atom === "." || atom.startsWith("["))) return undefined;
    if (!this.#foldsCase) return [character];
    const folded = FOLDED[character.toLowerCase()];
    return folded === undefined ? [character.toLowerCase(), character.toUpperCase()] : undefined;
  }

  #assertion(source: string, width: number): Piece {
    // With (?i), RegExp's own \b knows other letters than RE2's.
    if (width === 2 && this.#foldsCase) throw NOT_PLAIN;
    this.#at += width;
    if (this.#quantifier() !== undefined) throw NOT_PLAIN;
    return { ...EMPTY, source, isOptional: false };
  }

  #group(): Piece {
    this.#at++;
    const isCapturing = !this.#pattern.startsWith("?:", this.#at);
    if (!isCapturing) this.#at += 2;
    else if (this.#peek() === "?") throw NOT_PLAIN;
    const inner = this.#alternatives();
    if (this.#peek() !== ")") throw NOT_PLAIN;
    this.#at++;
    const quantifier = this.#quantifier();
    const group = { ...inner, source: `(${isCapturing && this.#keepsGroups ? "" : "?:"}${inner.source})` };
    if (quantifier === undefined) return group;
    // RegExp does not repeat what is empty: a group that may be would not have been there.
    if (quantifier.min !== 0 || quantifier.max !== 1 || (this.#keepsGroups && inner.canBeEmpty))
      throw NOT_PLAIN;
    return {
      ...group,
      source: `${group.source}?${quantifier.suffix}`,
      paths: inner.paths + 1,
      starts: undefined,
      canBeEmpty: true,
      isOptional: true,
    };
  }

  #quantified(source: string, starts: readonly string[] | undefined): Piece {
    const quantifier = this.#quantifier();
    const single = { ...EMPTY, source, length: 1, starts, canBeEmpty: false, isOptional: false };
    if (quantifier === undefined) return single;
    const { min, max, suffix } = quantifier;
    const bounded = max ?? min;
    if (min > MAX_REPEAT || bounded > MAX_REPEAT) throw NOT_PLAIN;
    const isUnbounded = max === undefined;
    return {
      ...single,
      source: `${source}{${min},${max ?? ""}}${suffix}`,
      paths: isUnbounded ? 1 : max - min + 1,
      length: Math.max(1, bounded),
      atEnd: isUnbounded ? 1 : 0,
      last: isUnbounded ? source : undefined,
      starts: min === 0 ? undefined : starts,
      canBeEmpty: min === 0,
      isOptional: min === 0,
    };
  }

  /** Reads a quantifier. Its suffix says whether it is lazy. */
  #quantifier(): { min: number; max: number | undefined; suffix: string } | undefined {
    QUANTIFIER.lastIndex = this.#at;
    const match = QUANTIFIER.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    const [, symbol, min, range, max, suffix = ""] = match;
    if (symbol === "*") return { min: 0, max: undefined, suffix };
    if (symbol === "+") return { min: 1, max: undefined, suffix };
    if (symbol === "?") return { min: 0, max: 1, suffix };
    if (range === undefined) return { min: Number(min), max: Number(min), suffix };
    return { min: Number(min), max: max === "" ? undefined : Number(max), suffix };
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
