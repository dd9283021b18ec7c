/**
 * @module What the program that writes attributes and those who fill its memory agree on, besides what documents of the Elastic
 * Common Schema have of it: how attributes are written.
 */

/** An instruction of what to write. Numbers are of 32 bits. */
export const STEP = {
  kind: 0,
  /** Address of the slot with the value. */
  slot: 4,
  /** What stands before the value's length: the field that is the name, with its tag and length, and the tag of the value. */
  name: 8,
  nameLength: 12,
  /** Another slot, or 0. */
  other: 16,
  /** A text that the other slot has to have. */
  wanted: 20,
  wantedLength: 24,
  bytes: 32,
} as const;

/** What to write. */
export const WRITE = {
  text: 0,
  /** An integer. */
  int: 1,
  /** An integer as a text. */
  digits: 2,
  /** What stands behind the last slash of a path, before it, and behind the last dot. */
  base: 3,
  directory: 4,
  extension: 5,
  /** The text, or that of the other slot. */
  either: 6,
  /** The text, and behind a space that of the other slot. */
  command: 7,
  /** The integer, or 0 where there is nothing in the other slot either. */
  status: 8,
  /** The text, where the other slot has the wanted one. */
  where: 9,
} as const;
