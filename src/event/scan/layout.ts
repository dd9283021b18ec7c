/**
 * @module What the scanners' module and those who fill its memory agree on: where things are, and what numbers mean.
 *
 * At the beginning are tables, and behind them the text. Positions in the text are addresses. All numbers are of 32 bits,
 * but for words of eight bytes where it says so.
 */

/** Answers of the functions that scan a line. */
export const ANSWER = {
  /** It may be valid or not. */
  unsure: 0,
  valid: 1,
  /** Valid, and all of it is known: every field has its name of the proto files and stands once. */
  whole: 2,
  /** The same, and some character is written by its number, as in `\u0061`. */
  wholeNumbered: 3,
} as const;

/** Address of hashes of the names in the map at hand, of as many as are compared. */
export const ENTRIES = 0;
export const MAX_ENTRIES = 64;

/** Address of a table with the classes of each byte: bits of {@link CLASS}. */
export const CLASSES = ENTRIES + MAX_ENTRIES * 4;
export const CLASS = {
  digit: 1,
  /** What may follow a backslash, but for `u`. */
  escaped: 2,
  hex: 4,
  /** How names of enums begin. */
  nameStart: 8,
  /** In base64, of both alphabets and of one of them. */
  base64: 16,
  base64Standard: 32,
  base64Url: 64,
  /** How texts begin that may be documents: JSON, JSON in base64, white space, and what an escape may be. */
  documentStart: 128,
} as const;

/** How a value is scanned. What it is made of is at an address: of a message, or of the {@link TYPE} of items or values. */
export const KIND = {
  any: 0,
  string: 1,
  bool: 2,
  bytes: 3,
  integer: 4,
  timestamp: 5,
  enum: 6,
  message: 7,
  list: 8,
  map: 9,
  /** What is not understood is never sure. */
  nothing: 10,
} as const;

/** A type: offsets of its numbers. */
export const TYPE = { kind: 0, of: 4, bytes: 8 } as const;

/** The limits of an integer type: lengths, and digits without signs. */
export const LIMITS = { highestLength: 0, highest: 4, lowestLength: 24, lowest: 28, bytes: 48 } as const;
/** Addresses of limits. */
export const INT32 = CLASSES + 256;
export const UINT32 = INT32 + LIMITS.bytes;
export const INT64 = UINT32 + LIMITS.bytes;
export const UINT64 = INT64 + LIMITS.bytes;
/** Where the messages begin. */
export const MESSAGES = UINT64 + LIMITS.bytes;

/** A message: the address after its last field, and then its fields in the order in which Tetragon writes them. */
export const MESSAGE = { end: 0, isEvent: 4, fields: 8 } as const;

/** A field. Its name has its quotes, so that a name is never the beginning of another one. */
export const FIELD = {
  name: 0,
  /** Which of the name's first 16 bytes there are, as a vector. */
  mask: 48,
  /** A word with one bit, which no other field of the message has. */
  bit: 64,
  length: 72,
  /** Whether it is one of several of which an event has one. */
  isAlternative: 76,
  /** One of {@link PLAIN}: what spares most values a closer look at their type. */
  plain: 80,
  /** Digits of which every number is within its limits, but for zeros in front; 0 for what is no integer. */
  safeDigits: 84,
  type: 88,
  bytes: 96,
} as const;
/** Kinds of fields that are passed by plain-fields.ts. */
export const PLAIN = { none: 0, text: 1, integer: 2, time: 3 } as const;
/** Fields that a message may have: as many as there are bits. */
export const MOST_FIELDS = 64;
/** Bytes that a name with its quotes may have: words that overlap are read up to its end. */
export const LONGEST_NAME = FIELD.mask;

/** Objects and lists in one another that a scanner follows where no descriptor says what there is. */
export const MAX_DEPTH = 64;

/** Bytes behind the text that are read, and mean nothing: a vector that begins at the last newline, and a time. */
export const SLACK_BEHIND = 64;
