/**
 * @module What the program that makes documents and those who fill its memory agree on: where things are, and what numbers
 * mean. The memory is one that scanners see, too: before what is here are their tables. All numbers are of 32 bits.
 */
import { TEXT } from "../../../event/scan/text-memory.ts";
import { ENTRY as NAME_ENTRY } from "../../protobuf/transcode/layout.ts";

const PAGE_BYTES = 65536;
/** Bytes that may be read or written behind a text, and mean nothing. */
const SLACK = 64;

/** Address of the table of escapes. */
export const ESCAPES: number = TEXT;
/** Where values are in the line: for each slot the address of the first byte, and that behind the last one; 0 for nothing. */
export const SLOTS: number = ESCAPES + 4096;
export const SLOT_BYTES = 8;
export const MAX_SLOTS = 96;
/** Address of the number of the event's type. */
export const TYPE: number = SLOTS + MAX_SLOTS * SLOT_BYTES;
/** Where the tables begin that plans are made into. */
export const TABLES: number = TYPE + 16;
/** Behind them: texts that are the same for many documents. */
export const CONSTANTS: number = TEXT + 2 * PAGE_BYTES;
export const CONSTANTS_END: number = CONSTANTS + PAGE_BYTES / 2;
/** Where the line is. Longer ones go the long way. */
export const LINE: number = CONSTANTS_END + SLACK;
export const LONGEST_LINE = PAGE_BYTES;
/** Where the document is. */
export const OUT: number = LINE + LONGEST_LINE + SLACK;
/** Copies of the line, escapes, arguments taken apart. */
const MOST_GROWTH = 8;
/** Where the memory ends. */
export const END: number = OUT + MOST_GROWTH * LONGEST_LINE + PAGE_BYTES;

/** How a value is taken. */
export const KIND = {
  /** It stays as it is. */
  any: 0,
  text: 1,
  integer: 2,
  time: 3,
  /** An object of which nothing is moved. `of`: address of its group. */
  object: 4,
  /** A list of these. */
  list: 5,
  /** An object of which something is moved. `of`: address of its group. */
  taken: 6,
  /** Nobody is sure how. */
  unsure: 7,
} as const;

/** What an entry of a group says besides its name. */
export const ENTRY = {
  kind: NAME_ENTRY.value,
  of: NAME_ENTRY.value + 4,
  /** Address of its slot, 0 for none. */
  slot: NAME_ENTRY.value + 8,
  /** A byte: whether the value is nowhere else. */
  isMoved: NAME_ENTRY.value + 12,
  /** A byte: number of the type of events, from 1 on, that the field holds. */
  type: NAME_ENTRY.value + 13,
  /** Two bytes: how far behind its slot that of a second such value is; 0 for none. */
  second: NAME_ENTRY.value + 14,
} as const;

/** An instruction of what to write. */
export const STEP = {
  kind: 0,
  /** Address of the slot with the value. */
  slot: 4,
  /** What is written before it. */
  text: 8,
  textLength: 12,
  /** Depends on the kind: another slot, a text to compare with, the step that began the object. */
  other: 16,
  otherLength: 20,
  /** Of an object: where it began. */
  begin: 24,
  bytes: 32,
} as const;

/** What to write. Each member has a comma behind it. */
export const WRITE = {
  /** The text, without a comma. */
  literal: 0,
  /** The beginning of an object, and its end: nothing, where nothing is within. */
  open: 1,
  close: 2,
  /** The value as it is. */
  value: 3,
  /** The value, or that of the other slot. */
  either: 4,
  /** An integer as a text. */
  quoted: 5,
  /** What stands behind the last slash of a path, before it, and behind the last dot. */
  base: 6,
  directory: 7,
  extension: 8,
  /** Arguments, taken apart. */
  arguments: 9,
  /** How many the last ones were. */
  count: 10,
  /** The value, and behind a space the arguments in the other slot, where there were any. */
  command: 11,
  /** A map as a list of texts. */
  pairs: 12,
  /** The value of the slot, where the other one has the text behind this step's. */
  where: 13,
  /** A list of the value, as a text, and of the other slot's. */
  both: 14,
  /** The line as a text. */
  line: 15,
  /** The exit status; 0 where there is none, and no signal in the other slot. */
  status: 16,
} as const;
