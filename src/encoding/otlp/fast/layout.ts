/**
 * @module What the program that writes attributes and those who fill its memory agree on, besides what documents of the Elastic
 * Common Schema have of it: how attributes are written.
 */
import { END } from "../../ecs/fast/layout.ts";

/** Bytes of the part of a line, and of the attributes, that are kept at most. */
export const LONGEST_KEPT = 4096;

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
  /** The text, which has no colon: that would take it apart. */
  plain: 10,
} as const;

/** What all records of a type of events have in common. */
export const FRAME = {
  severityLength: 0,
  nameLength: 4,
  severity: 8,
  name: 32,
  bytes: 96,
} as const;

/** Address of the times of a record. */
export const TIMES: number = END;
/** In it: numbers of 64 bits, but for the first. */
export const TIME = {
  /** The second that {@link TIME.second} is, as events have it. */
  text: 0,
  second: 32,
  /** When the event was. */
  event: 40,
  /** When the record was made. */
  observed: 48,
  bytes: 64,
} as const;
/** `2026-11-30T05:31:45` */
export const SECOND_BYTES = 19;

/** What the program says of the time of an event. */
export const TIME_ANSWER = {
  /** It is not of UTC. */
  unsure: 0,
  taken: 1,
  /** It is in another second than {@link TIME.text}. */
  anew: 2,
} as const;

/** Attributes that are kept for other events. */
export const KEPT = {
  /** What they are of; 0 for nothing. */
  kind: 0,
  keyLength: 4,
  valueLength: 8,
  /** The part of a line that they were made of. */
  key: 16,
  value: 16 + LONGEST_KEPT,
  bytes: 16 + 2 * LONGEST_KEPT,
} as const;
/** Address of what is kept: sets of entries. */
export const KEPT_SETS: number = TIMES + TIME.bytes;
/** So many sets, a power of 2, of so many entries. */
export const [KEPT_SET_BITS, KEPT_SET_ENTRIES] = [7, 2] as const;
/** Where the memory ends. */
export const RECORD_END: number = KEPT_SETS + (1 << KEPT_SET_BITS) * KEPT_SET_ENTRIES * KEPT.bytes;
