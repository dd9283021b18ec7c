/**
 * @module What the transcoder's program and the tables in its memory agree on: where things are, and what numbers mean.
 *
 * At the beginning of the memory are tables, then comes the line, then the message. All numbers are of 32 bits where it
 * does not say otherwise.
 */
import { CLASSES } from "../../../event/scan/layout.ts";

const PAGE_BYTES = 65536;
/** Lines that are longer go the long way. */
export const LONGEST_LINE = 2 * PAGE_BYTES;
/** Bytes behind a line that are read, and mean nothing: vectors that begin at its newline. */
const SLACK = 64;
/** Where the line is, behind the tables. */
export const LINE = PAGE_BYTES;
/** Where the message is. */
export const MESSAGE = LINE + LONGEST_LINE + SLACK;
/** A message has up to ten bytes for three of its line: those of `-1,` in a list. */
const MOST_GROWTH = 4;
/** Bytes of memory. */
export const MEMORY_BYTES = MESSAGE + MOST_GROWTH * LONGEST_LINE + PAGE_BYTES;

/** Before it is what the scanners look up. */
const BEGINNING = CLASSES + 256;
/** Address of what the last message says about its texts: not 0 where one may have bytes of more than seven bits. */
export const HIGH_BYTES = BEGINNING;
/** Address of the number of fields that the last message is without, since the API lacks them. */
export const UNKNOWN = BEGINNING + 4;
/** Address of a table with what stands for each byte after a backslash: 0 for those that are no escape, and for `u`. */
export const UNESCAPED = BEGINNING + 8;
/** Address of a table with the value of each hexadecimal digit, {@link NO_DIGIT} for other bytes. */
export const HEX = UNESCAPED + 256;
/** The same for base64, of both alphabets. */
export const BASE64 = HEX + 256;
export const NO_DIGIT = 0xff;
/** Address of a table of 13 words: days of a year before each month, and before the next year, without a leap day. */
export const DAYS_BEFORE = BASE64 + 256;

/** How a value is written. */
export const KIND = {
  /** Of a field without a number: not at all. */
  ignored: 0,
  text: 1,
  bytes: 2,
  bool: 3,
  /** `of`: address of its {@link LIMITS}. */
  integer: 4,
  /** `of`: address of its {@link GROUP}. */
  enum: 5,
  timestamp: 6,
  /** `of`: address of its {@link GROUP}. */
  message: 7,
  /** `of`: address of the one value that it holds. */
  wrapper: 8,
  /** `of`: address of the value that each item is. */
  list: 9,
  /** The same, of numbers, which stand together. */
  packed: 10,
  /** `of`: address of the value that each value is. */
  map: 11,
  /** Nobody is sure how. */
  unsure: 12,
} as const;

/** A value. */
export const VALUE = {
  kind: 0,
  of: 4,
  /** Bytes of its tag, the first one lowest. */
  tag: 8,
  /** How many they are, a byte. */
  tagBytes: 12,
  /** Whether 0 and empty texts are written too, a byte. */
  keepsDefault: 13,
  bytes: 16,
} as const;

/** Address of the value that each key of a map is. */
export const MAP_KEY = DAYS_BEFORE + 64;

/** Limits of an integer type: the highest, and the lowest without its sign, words of eight bytes. */
export const LIMITS = { highest: 0, lowest: 8, bytes: 16 } as const;

/** Where the tables begin that descriptors are made into. */
export const DESCRIPTORS = MAP_KEY + VALUE.bytes;

/** Names, and what they stand for: a message with its fields, or an enum with its values. */
export const GROUP = {
  /** Address behind the last entry. */
  end: 0,
  /** Entry that may come next: most names come in the order of the .proto file. */
  next: 4,
  /** Of a message: bytes that the length of the last one took. */
  lengthBytes: 8,
  entries: 16,
} as const;

/** An entry of a group. */
export const ENTRY = {
  /** The name with its quotes, so that none is the beginning of another. */
  name: 0,
  /** Which of its first 16 bytes there are, as a vector. */
  mask: 48,
  length: 64,
  /** Of an enum's value. */
  number: 68,
  /** Of a field: whether it is a type of events. */
  isType: 68,
  /** Of a field: a word of eight bytes with one bit, which no other field of the message has. */
  bit: 72,
  value: 80,
  bytes: 96,
} as const;
/** Fields that a message may have. */
export const MOST_FIELDS = 64;
/** Bytes that a name may have with its quotes. */
export const LONGEST_NAME = ENTRY.mask;
