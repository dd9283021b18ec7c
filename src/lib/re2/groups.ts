/** @module Replaces what the groups of a pattern match. */
import type { Matcher, RE2JS } from "re2js";
import { compileRe2 } from "./engine.ts";
import { literalPrefix } from "./literal.ts";
import { MAX_TRIES } from "./occurrence.ts";
import { translatePlain } from "./plain.ts";

/** Parts of a text that is being replaced, before they are made one. */
const MOST_PARTS = 2048;

/** A pattern whose capture groups matter. */
export interface GroupPattern {
  /** Capture groups, named ones included; the whole match is none. */
  readonly groupCount: number;
  /**
   * `text` with what each group of each match captured replaced by `replacement`; of nested groups the outer one.
   * Groups that took no part in a match are left alone.
   *
   * Which matches there are follows Go's `ReplaceAllStringFunc`: no empty match right after another one.
   */
  replaceGroups(text: string, replacement: string): string;
}

/**
 * Compiles `pattern` for its groups.
 * @throws PatternSyntaxError
 */
export function compileGroups(pattern: string): GroupPattern {
  const re2 = compileRe2(pattern);
  const prefix = literalPrefix(pattern);
  const plain = translatePlain(pattern, true);
  const maxLength = (prefix === undefined ? plain?.maxLength : plain?.maxLengthOfTries) ?? 0;
  const regExp = plain && new RegExp(plain.source, prefix === undefined ? "dgu" : "duy");
  return {
    groupCount: re2.groupCount(),
    replaceGroups(text, by) {
      const replacement = new Replacement(text, by);
      if (regExp !== undefined && text.length <= maxLength) {
        if (prefix === undefined) replaceAllPlain(regExp, text, replacement);
        else replacePlainOccurrences(regExp, re2, text, prefix, replacement);
      } else if (prefix === undefined) replaceAll(re2, text, 0, replacement);
      else replaceOccurrences(re2, text, 0, prefix, replacement);
      return replacement.end();
    },
  };
}

/** A text of which parts are being replaced. */
class Replacement {
  readonly #text: string;
  readonly #by: string;
  /** Parts of the result since the last of {@link #joined}. A string that is made of many is a tree of all of them. */
  readonly #parts: string[] = [];
  readonly #joined: string[] = [];
  #copied = 0;

  constructor(text: string, by: string) {
    this.#text = text;
    this.#by = by;
  }

  /** Replaces what the groups of a match of RE2 captured. @param offset Where the text begins that was searched. */
  match(matcher: Matcher, offset: number): void {
    const groups = matcher.groupCount();
    let floor = offset + matcher.start(0);
    for (let group = 1; group <= groups; group++) {
      const start = matcher.start(group);
      if (start < 0 || offset + start < floor) continue;
      floor = offset + matcher.end(group);
      this.#replace(offset + start, floor);
    }
  }

  /** The same for a match of `RegExp`. @param indices Of the match and its groups. */
  matchPlain(indices: RegExpIndicesArray): void {
    let [floor] = indices[0]!;
    for (let group = 1; group < indices.length; group++) {
      const range = indices[group];
      if (range === undefined || range[0] < floor) continue;
      floor = range[1];
      this.#replace(...range);
    }
  }

  #replace(start: number, end: number): void {
    this.#parts.push(this.#text.slice(this.#copied, start), this.#by);
    if (this.#parts.length >= MOST_PARTS) this.#join();
    this.#copied = end;
  }

  end(): string {
    if (this.#parts.length === 0 && this.#joined.length === 0) return this.#text;
    this.#parts.push(this.#text.slice(this.#copied));
    this.#join();
    return this.#joined.join("");
  }

  #join(): void {
    this.#joined.push(this.#parts.join(""));
    this.#parts.length = 0;
  }
}

/** Replaces in all matches from `offset` on. */
function replaceAll(re2: RE2JS, text: string, offset: number, replacement: Replacement): void {
  const matcher = re2.matcher(offset === 0 ? text : text.slice(offset));
  let lastEnd = 0;
  while (matcher.find()) {
    const start = matcher.start(0);
    const end = matcher.end(0);
    if (end > lastEnd || start === 0) replacement.match(matcher, offset);
    lastEnd = end;
  }
}

/** Replaces in all matches, which begin with `prefix`: so none is empty. */
function replaceOccurrences(
  re2: RE2JS,
  text: string,
  offset: number,
  prefix: string,
  replacement: Replacement,
): void {
  let at = text.indexOf(prefix, offset);
  for (let tries = 0; at !== -1; ) {
    if (tries === MAX_TRIES) {
      replaceAll(re2, text, at, replacement);
      return;
    }
    const matcher = re2.matcher(text.slice(at));
    let next = at + 1;
    if (matcher.lookingAt()) {
      replacement.match(matcher, at);
      next = at + matcher.end(0);
    } else tries++;
    at = text.indexOf(prefix, next);
  }
}

/** Replaces in all matches of `regExp`, which has the flag `g`; none is empty. */
function replaceAllPlain(regExp: RegExp, text: string, replacement: Replacement): void {
  regExp.lastIndex = 0;
  for (let match = regExp.exec(text); match !== null; match = regExp.exec(text))
    replacement.matchPlain(match.indices!);
}

/** Replaces in all matches, which begin with `prefix`; those of the first places are found by `sticky`, which has the flag `y`. */
function replacePlainOccurrences(
  sticky: RegExp,
  re2: RE2JS,
  text: string,
  prefix: string,
  replacement: Replacement,
): void {
  let at = text.indexOf(prefix);
  for (let tries = 0; at !== -1; tries++) {
    // Also those that succeed: each may have looked at all of the text.
    if (tries === MAX_TRIES) {
      replaceOccurrences(re2, text, at, prefix, replacement);
      return;
    }
    sticky.lastIndex = at;
    const match = sticky.exec(text);
    if (match !== null) replacement.matchPlain(match.indices!);
    at = text.indexOf(prefix, match === null ? at + 1 : at + match[0].length);
  }
}
