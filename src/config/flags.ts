/**
 * @module Reads flags as pflag does, the library that Tetragon uses: `--name=value`, `--name value`, `--bool`,
 * `--bool=false`, `-d`, `--` for the end of flags. A repeated flag overrides, a repeated list adds.
 */

import { parseBoolean } from "../lib/text/boolean.ts";
import { formatList } from "../lib/text/list.ts";
import { ConfigError, quote } from "./error.ts";
import type { Kind } from "./kind.ts";
import {
  emptyLayer,
  formerFlagWarning,
  isList,
  type Layer,
  optionProblem,
  type Setting,
  suggestion,
} from "./layer.ts";
import type { Option } from "./option.ts";

/** A flag of a command. Every option of the agent is one. */
export type Flag<T = unknown> = Pick<Option<T>, "kind" | "default" | "description"> &
  Partial<
    Pick<
      Option<T>,
      "group" | "support" | "placeholder" | "shorthand" | "reloadable" | "flagOnly" | "secret" | "shown"
    >
  >;

/** The flags that a command takes, by name without dashes. */
export type FlagTable<Name extends string = string> = Readonly<Record<Name, Flag>>;

/** Flags that are looked up one at a time, where making all of them takes long. */
export interface FlagSet<Name extends string = string> {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @param name One of {@link names}. */
  row(name: Name): Flag;
}

/** The flags of `table` as a set. */
export function flagSetOf<Name extends string>(table: FlagTable<Name>): FlagSet<Name> {
  return {
    names: Object.keys(table),
    has: (name) => Object.hasOwn(table, name),
    row: (name) => table[name],
  };
}

/** The value of every flag in a table: durations in milliseconds, sizes in bytes, everything else as its kind says. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: Table[Name]["kind"] extends Kind<infer T> ? T : never;
};

/** Flags of other releases by name, and whether each takes a value. */
export type FormerFlags = ReadonlyMap<string, "boolean" | "value">;

/** What the command line says. */
export interface FlagLayer<Name extends string = string> extends Layer<Name> {
  /** Arguments that are not flags. Never more than were allowed; further ones are problems. */
  readonly words: readonly string[];
}

/**
 * Reads `argv`, the arguments after the command's name.
 * @param table the flags that the command takes
 * @param maxWords how many arguments that are not flags it takes
 * @param former flags that were there once, and whether each takes a value: they are passed over with a warning
 */
export function readFlags<Name extends string>(
  argv: readonly string[],
  table: FlagSet<Name>,
  maxWords = 0,
  former: FormerFlags = new Map(),
): FlagLayer<Name> {
  return new FlagReader(argv, table, maxWords, former).read();
}

/**
 * Reads `argv` for a command that takes nothing from files or the environment.
 * @throws ConfigError with one line for each problem.
 */
export function readValues<Table extends FlagTable>(
  argv: readonly string[],
  table: Table,
  maxWords = 0,
): { readonly values: FlagValues<Table>; readonly words: readonly string[] } {
  const { settings, problems, words } = readFlags(argv, flagSetOf(table), maxWords);
  const values = parseFlags(settings, table, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { values, words };
}

/** The value of every flag in `table`; one that is set to something invalid adds to `problems`. */
export function parseFlags<Table extends FlagTable>(
  settings: ReadonlyMap<string, Setting>,
  table: Table,
  problems: string[],
): FlagValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, { kind, default: initially }] of Object.entries(table)) {
    const setting = settings.get(name);
    values[name] = kind.parse(setting?.text ?? initially);
    if (values[name] !== undefined || setting === undefined) continue;
    const problem = { origin: setting.origin, found: quote(setting.text), expected: kind.expected };
    problems.push(optionProblem(name, problem));
  }
  return values as FlagValues<Table>;
}

/**
 * Whether help is asked for: `-h`, `--help`, and `--help-all` where the table has it. To be asked first, since help wins
 * over every mistake beside it.
 */
export function helpAsked(argv: readonly string[], table: FlagSet): "help" | "help-all" | undefined {
  // Most runs ask for nothing, and the start has 30 ms in all.
  if (!argv.some((argument) => /^-(?:-help|[^-]*h)/.test(argument))) return undefined;
  const { settings } = readFlags(argv, table, Number.POSITIVE_INFINITY);
  const asked = (name: string): boolean => parseBoolean(settings.get(name)?.text ?? "false") === true;
  if (asked("help-all")) return "help-all";
  return asked("help") ? "help" : undefined;
}

/** With so many flags or fewer, an unknown one is answered with all of them. */
const MAX_LISTED = 12;

class FlagReader<Name extends string> {
  readonly #argv: readonly string[];
  readonly #table: FlagSet<Name>;
  readonly #names: readonly string[];
  readonly #maxWords: number;
  readonly #former: FormerFlags;
  readonly #layer: Layer<Name> = emptyLayer<Name>();
  readonly #words: string[] = [];
  #at = 0;

  constructor(argv: readonly string[], table: FlagSet<Name>, maxWords: number, former: FormerFlags) {
    this.#argv = argv;
    this.#table = table;
    this.#names = table.names;
    this.#maxWords = maxWords;
    this.#former = former;
  }

  read(): FlagLayer<Name> {
    let previous: Name | undefined;
    while (this.#at < this.#argv.length) {
      const argument = this.#argv[this.#at++] as string;
      if (argument === "--") {
        for (const word of this.#argv.slice(this.#at)) this.#word(word, undefined);
        break;
      }
      if (argument.startsWith("--")) previous = this.#long(argument);
      else if (argument.startsWith("-") && argument !== "-") this.#short(argument);
      else this.#word(argument, previous);
      if (!argument.startsWith("--")) previous = undefined;
    }
    return { ...this.#layer, words: this.#words };
  }

  #isFlag(name: string): name is Name {
    return this.#table.has(name);
  }

  /** @returns the flag when it is a boolean without a value, so that a `true` or `false` after it can be explained. */
  #long(argument: string): Name | undefined {
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals === -1 ? undefined : equals);
    const value = equals === -1 ? undefined : argument.slice(equals + 1);
    if (!this.#isFlag(name)) {
      this.#unknown(`--${name}`, value === undefined);
      return undefined;
    }
    return this.#take(name, value);
  }

  /** `-d`, `-dh`, `-d=false`: letters of boolean flags, the last of which may have a value. */
  #short(argument: string): void {
    const equals = argument.indexOf("=");
    const letters = argument.slice(1, equals === -1 ? undefined : equals);
    const names = [...letters].map((letter) =>
      this.#names.find((name) => this.#table.row(name as Name).shorthand === letter),
    );
    if (names.length === 0 || names.includes(undefined)) {
      this.#unknown(`-${letters}`, equals === -1);
      return;
    }
    (names as Name[]).forEach((name, index) => {
      const last = index === names.length - 1;
      this.#take(name, last && equals !== -1 ? argument.slice(equals + 1) : undefined);
    });
  }

  #take(name: Name, given: string | undefined): Name | undefined {
    const flag = this.#table.row(name);
    if (given === undefined && flag.kind.name === "bool") {
      this.#set(name, "true");
      return name;
    }
    const text = given ?? this.#nextValue();
    const value = text !== undefined && flag.kind.isItem ? formatList([text]) : text;
    if (value === undefined) {
      const problem = { origin: `flag --${name}`, found: "no value", expected: flag.kind.expected };
      this.#layer.problems.push(optionProblem(name, problem));
      return undefined;
    }
    const before = this.#layer.settings.get(name);
    this.#set(name, isList(flag) && before !== undefined ? `${before.text},${value}` : value);
    return undefined;
  }

  /** pflag takes whatever follows; a known flag there is a value forgotten, and taking it would hide that flag too. */
  #nextValue(): string | undefined {
    const next = this.#argv[this.#at];
    if (next === undefined || (next.startsWith("--") && this.#isFlag(next.slice(2).split("=", 1)[0] ?? ""))) {
      return undefined;
    }
    this.#at++;
    return next;
  }

  #set(name: Name, text: string): void {
    this.#layer.settings.set(name, { text, origin: `flag --${name}` });
  }

  #unknown(flag: string, mayTakeValue: boolean): void {
    const name = flag.replace(/^-+/, "");
    const former = this.#former.get(name);
    if (former !== undefined) {
      this.#layer.warnings.push(formerFlagWarning(flag, "flag"));
      if (former === "value" && mayTakeValue) this.#at++;
      return;
    }
    const positive = name.startsWith("no-") ? name.slice("no-".length) : "";
    const hint = this.#isFlag(positive)
      ? `: did you mean --${positive}=false?`
      : suggestion(name, this.#names, (known) => `--${known}`) || this.#knownFlags();
    this.#layer.problems.push(`Unknown flag ${printable(flag)}${hint}`);
    // What follows is most likely this flag's value: one mistake, one line.
    const next = this.#argv[this.#at];
    if (mayTakeValue && next !== undefined && !next.startsWith("-")) this.#at++;
  }

  #knownFlags(): string {
    if (this.#names.length > MAX_LISTED) return "";
    return `: known are ${this.#names.map((name) => `--${name}`).join(", ")}`;
  }

  #word(word: string, previous: Name | undefined): void {
    const isForgottenEquals = previous !== undefined && parseBoolean(word) !== undefined;
    if (!isForgottenEquals && this.#words.length < this.#maxWords) {
      this.#words.push(word);
      return;
    }
    const advice = isForgottenEquals
      ? `--${previous}=${word}, since a boolean flag takes its value after "="`
      : "flags only";
    this.#layer.problems.push(
      this.#maxWords === 0 || isForgottenEquals
        ? `Cannot use argument ${quote(word)}: found a word that is not a flag, expected ${advice}`
        : `Cannot use argument ${quote(word)}: expected no more than ${this.#words.map(quote).join(" ")}`,
    );
  }
}

/** A flag as it was typed, or quoted when it holds what would not show. */
function printable(flag: string): string {
  return /^[\x21-\x7e]{1,80}$/.test(flag) ? flag : quote(flag);
}
