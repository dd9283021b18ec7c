/** @module Pieces of plain patterns, and what a backtracking matcher has to do for them. */

/** Steps of a backtracking matcher that a pattern may cost on one text: about a millisecond. */
const MAX_STEPS = 1_000_000;

/**
 * A translated piece of a pattern and what matching it costs.
 *
 * An unbounded repetition is open where a match that fails behind it may be looked for behind each of its characters. It is
 * closed where the next character is none that it repeats: then there is one end of it from which a match can go on.
 * It is at the end as long as nothing behind it has to be there: then no match fails behind it.
 */
export interface Piece {
  readonly source: string;
  /** Ways in which it can match at one place; unbounded repetition not counted. */
  readonly paths: number;
  /** Characters that it matches at most; unbounded repetition counted as one. */
  readonly length: number;
  /** Unbounded repetitions on one path, of each kind. */
  readonly open: number;
  readonly closed: number;
  readonly atEnd: number;
  /** What the one at the end repeats, if nothing can be behind it. */
  readonly last: string | undefined;
  /** The characters that it begins with, if they are few. */
  readonly starts: readonly string[] | undefined;
  /** Whether it can match without any character. */
  readonly canBeEmpty: boolean;
  /** Whether it matches wherever it is tried. */
  readonly isOptional: boolean;
}

/** The longest text that costs no more than {@link MAX_STEPS}. */
export function affordableLength(stepsOf: (length: number) => number): number {
  let length = 0;
  for (let step = 2 ** 20; step >= 1; step /= 2) if (stepsOf(length + step) <= MAX_STEPS) length += step;
  return length;
}

/** Steps from one place on in a text of `size`: open repetitions end anywhere, others are passed once there and back. */
export function stepsAt({ paths, length, open, closed, atEnd }: Piece, size: number): number {
  return paths * size ** open * (length + 1 + 2 * (closed + atEnd) * size);
}

export const EMPTY: Piece = {
  source: "",
  paths: 1,
  length: 0,
  open: 0,
  closed: 0,
  atEnd: 0,
  last: undefined,
  starts: undefined,
  canBeEmpty: true,
  isOptional: true,
};

/** `a` and `b` behind it. */
export function joined(a: Piece, b: Piece): Piece {
  const isClosed =
    a.last !== undefined && b.starts !== undefined && !new RegExp(a.last, "u").test(b.starts.join(""));
  return {
    source: a.source + b.source,
    paths: a.paths * b.paths,
    length: a.length + b.length,
    open: a.open + b.open + (!b.isOptional && !isClosed ? a.atEnd : 0),
    closed: a.closed + b.closed + (!b.isOptional && isClosed ? a.atEnd : 0),
    atEnd: b.atEnd + (b.isOptional ? a.atEnd : 0),
    last: b.isOptional && a.atEnd > 0 ? undefined : b.last,
    starts: a.source === "" ? b.starts : a.canBeEmpty ? undefined : a.starts,
    canBeEmpty: a.canBeEmpty && b.canBeEmpty,
    isOptional: a.isOptional && b.isOptional,
  };
}

/** `a` or `b`. */
export function either(a: Piece, b: Piece): Piece {
  const isOneAtEnd = a.atEnd === 0 || b.atEnd === 0;
  return {
    source: `${a.source}|${b.source}`,
    paths: a.paths + b.paths,
    length: Math.max(a.length, b.length),
    open: Math.max(a.open, b.open),
    closed: Math.max(a.closed, b.closed),
    atEnd: Math.max(a.atEnd, b.atEnd),
    last: isOneAtEnd ? (a.last ?? b.last) : undefined,
    starts: a.starts && b.starts && [...a.starts, ...b.starts],
    canBeEmpty: a.canBeEmpty || b.canBeEmpty,
    isOptional: a.isOptional || b.isOptional,
  };
}
