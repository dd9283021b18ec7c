/**
 * @module What an option's value may be: how it is read from text, how it is written, and the words that say what
 * was expected. Flags, variables and files all deliver text, so every kind starts from text.
 */
import * as v from "valibot";
import { parseBoolean } from "../lib/text/boolean.ts";
import { formatDuration, parseDuration } from "../lib/text/duration.ts";
import { parseInteger } from "../lib/text/integer.ts";
import { formatList, parseList } from "../lib/text/list.ts";
import { formatSize, parseSize } from "../lib/text/size.ts";

/** Reads and writes the values of one sort. */
export interface Kind<T> {
  /** The sort's name in the documentation: `bool`, `int`, `size`, `duration`, `list`, `string`, ... */
  readonly name: string;
  /** What a valid text is, to follow the word `expected`. */
  readonly expected: string;
  /** Values that a shell offers: all of them for a choice, some where more are valid. */
  readonly values?: readonly string[];
  /** Of a list: a flag gives one item, whose commas are its own. */
  readonly isItem?: true;
  /** The value is a path: a shell offers the names of files. */
  readonly isPath?: true;
  /** The value, or `undefined` when the text is not valid. Never throws. */
  parse(text: string): T | undefined;
  /** What can be used of a text that is not valid; `undefined` for nothing. @default nothing */
  salvage?(text: string): T | undefined;
  /** A text that {@link parse} reads as the same value. */
  format(value: T): string;
  /** {@link parse} as a valibot schema; its issue's message is {@link expected}. */
  readonly schema: v.GenericSchema<string, T>;
}

/** What a kind is made from. */
export interface KindDefinition<T> extends Omit<Kind<T>, "schema" | "expected"> {
  /** Where it has to be put together, what does so when somebody asks: that is rare, and the start has 30 ms in all. */
  readonly expected: string | (() => string);
}

/** Of one shape for all kinds: that makes a start, which makes them all, shorter. */
class DefinedKind<T> implements Kind<T> {
  readonly name: string;
  readonly values?: readonly string[];
  readonly isItem?: true;
  readonly isPath?: true;
  readonly parse: (text: string) => T | undefined;
  readonly salvage?: (text: string) => T | undefined;
  readonly format: (value: T) => string;
  readonly #expected: string | (() => string);
  #schema: v.GenericSchema<string, T> | undefined;

  constructor({ name, values, isItem, isPath, parse, salvage, format, expected }: KindDefinition<T>) {
    this.name = name;
    if (values !== undefined) this.values = values;
    if (isItem !== undefined) this.isItem = isItem;
    if (isPath !== undefined) this.isPath = isPath;
    this.parse = parse;
    if (salvage !== undefined) this.salvage = salvage;
    this.format = format;
    this.#expected = expected;
  }

  get expected(): string {
    return typeof this.#expected === "string" ? this.#expected : this.#expected();
  }

  get schema(): v.GenericSchema<string, T> {
    this.#schema ??= v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }): T => {
        const value = this.parse(dataset.value);
        if (value !== undefined) return value;
        addIssue({ message: this.expected });
        return NEVER;
      }),
    );
    return this.#schema;
  }
}

/** Gives a kind its schema. */
export function createKind<T>(definition: KindDefinition<T>): Kind<T> {
  return new DefinedKind(definition);
}

/** Inclusive bounds. */
interface Range {
  readonly min?: number;
  readonly max?: number;
}

function within(value: number | undefined, { min, max }: Range): number | undefined {
  if (value === undefined || (min !== undefined && value < min) || (max !== undefined && value > max)) {
    return undefined;
  }
  return value;
}

function boundsText({ min, max }: Range, format: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return ` of at least ${format(min)}`;
  return max === undefined ? "" : ` of at most ${format(max)}`;
}

const BOOLEAN = createKind<boolean>({
  name: "bool",
  expected: "true or false",
  values: ["true", "false"],
  parse: parseBoolean,
  format: String,
});

/** `true` or `false`, with Go's spellings (`1`, `t`, `T`, `TRUE`, `True` and their opposites). */
export function boolean(): Kind<boolean> {
  return BOOLEAN;
}

/** A whole number. */
export function integer(range: Range = {}): Kind<number> {
  return createKind({
    name: "int",
    expected: () => `an integer${boundsText(range, String)}`,
    parse: (text) => within(parseInteger(text), range),
    format: String,
  });
}

/** A number of bytes. With `optional`, empty text stands for 0, "not set". */
export function size(range: Range & { readonly optional?: true } = {}): Kind<number> {
  return createKind({
    name: "size",
    expected: () => `a size in bytes${boundsText(range, formatSize)}, such as 65536, 64K, 2M or 1G`,
    parse: (text) => (text === "" && range.optional ? 0 : within(parseSize(text), range)),
    format: formatSize,
  });
}

/** A time span; the value is in milliseconds. With `zero`, 0 is allowed besides the range. */
export function duration(range: Range & { readonly zero?: true } = {}): Kind<number> {
  const zero = range.zero && range.min !== undefined && range.min > 0 ? "0 or " : "";
  return createKind({
    name: "duration",
    expected: () => `${zero}a duration${boundsText(range, formatDuration)}, such as 300ms, 15s or 1h30m`,
    parse(text) {
      const value = parseDuration(text);
      return zero !== "" && value === 0 ? 0 : within(value, range);
    },
    format: formatDuration,
  });
}

const ANY_TEXT = { name: "string", expected: "text", parse: (text: string) => text, format: String };
const TEXT = createKind<string>(ANY_TEXT);

/** Any text. */
export function text(): Kind<string> {
  return TEXT;
}

const PATH = createKind<string>({ ...ANY_TEXT, isPath: true });

/** Path of a file or directory. */
export function path(): Kind<string> {
  return PATH;
}

/** Text that passes `accepts`. */
export function checkedText(expected: string, accepts: (text: string) => boolean): Kind<string> {
  return createKind({
    name: "string",
    expected,
    parse: (text) => (accepts(text) ? text : undefined),
    format: String,
  });
}

/** One of `names`, upper or lower case; `aliases` are other spellings of them. */
export function choice<const Name extends string>(
  names: readonly Name[],
  aliases: Readonly<Record<string, Name>> = {},
): Kind<Name> {
  return createKind({
    name: "string",
    expected: () => `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`,
    values: names,
    parse(text) {
      const wanted = text.toLowerCase();
      return (
        names.find((name) => name === wanted) ??
        (Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined)
      );
    },
    format: String,
  });
}

/**
 * Several texts, each of which passes `accepts`; with `nonEmpty`, at least one. `values` are some that a shell offers. With
 * `isItem`, a flag gives one at a time, whatever is in it.
 */
export function list(
  expected = "a list of items separated by commas",
  accepts: (item: string) => boolean = () => true,
  { nonEmpty = false, values = [] as readonly string[], isItem = false } = {},
): Kind<readonly string[]> {
  return createKind<readonly string[]>({
    name: "list",
    expected,
    values,
    ...(isItem && { isItem }),
    parse(text) {
      const items = parseList(text);
      if (items === undefined || !items.every(accepts) || (nonEmpty && items.length === 0)) return undefined;
      return items;
    },
    salvage: (text) => parseList(text)?.filter(accepts),
    format: formatList,
  });
}

/** How many events of one cgroup may pass in an interval; either being 0 switches the limit off. */
export interface CgroupRate {
  readonly events: number;
  /** Milliseconds. */
  readonly interval: number;
}

const UNLIMITED: CgroupRate = { events: 0, interval: 0 };

/** Tetragon's `events,interval`: `1000,1s`. Empty text, or either part empty, is no limit. */
export function cgroupRate(): Kind<CgroupRate> {
  return createKind<CgroupRate>({
    name: "rate",
    expected: "events and interval such as 1000,1s, or nothing for no limit",
    parse(text) {
      if (text === "") return UNLIMITED;
      const [eventsText, intervalText, ...more] = text.split(",");
      if (eventsText === undefined || intervalText === undefined || more.length > 0) return undefined;
      const events = eventsText === "" ? 0 : parseInteger(eventsText);
      const interval = intervalText === "" ? 0 : parseDuration(intervalText);
      if (events === undefined || interval === undefined || events < 0 || interval < 0) return undefined;
      return { events, interval };
    },
    format: ({ events, interval }) =>
      events === 0 && interval === 0 ? "" : `${events},${formatDuration(interval)}`,
  });
}

const OWNER_READ_WRITE = 0o600;
/** Nobody executes an event log and strangers do not write it, whatever was asked for: Tetragon's rule too. */
const NEVER_GRANTED = 0o113;

/** Octal file permissions; as in Tetragon the owner always may read and write, others never write, nobody executes. */
export function filePermissions(): Kind<number> {
  return createKind({
    name: "octal",
    expected: "octal file permissions such as 600 or 640",
    parse: (text) =>
      /^0*[0-7]{1,3}$/.test(text)
        ? (Number.parseInt(text, 8) & ~NEVER_GRANTED) | OWNER_READ_WRITE
        : undefined,
    format: (mode) => mode.toString(8),
  });
}
