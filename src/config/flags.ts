/**
 * @module Reads flags as pflag does, the library that Tetragon uses: `--name=value`, `--name value`, `--bool`,
 * `--bool=false`, `-d`, `--` for the end of flags. A repeated flag overrides, a repeated list adds.
 */

import { parseBoolean } from "../lib/text/boolean.ts";
import { quote } from "./error.ts";
import { emptyLayer, isList, type Layer, optionProblem, suggestion } from "./layer.ts";
import type { Option } from "./option.ts";
import { isOptionName, OPTION_NAMES, type OptionName, optionOf } from "./options.ts";

/** What the command line says. */
export interface FlagLayer extends Layer {
  /** Flags of the command itself that were given, without dashes. */
  readonly commandFlags: ReadonlySet<string>;
}

/** Reads `argv`, the arguments after the command's name. `commandFlags` are boolean flags that are the command's own. */
export function readFlags(argv: readonly string[], commandFlags: readonly string[] = []): FlagLayer {
  return new FlagReader(argv, commandFlags).read();
}

/** Whether help is asked for: `-h`, `--help`, `--help-all`. To be asked first, since help wins over every mistake beside it. */
export function helpAsked(argv: readonly string[]): "help" | "help-all" | undefined {
  const { settings } = readFlags(argv);
  const asked = (name: OptionName): boolean => parseBoolean(settings.get(name)?.text ?? "false") === true;
  if (asked("help-all")) return "help-all";
  return asked("help") ? "help" : undefined;
}

class FlagReader {
  readonly #argv: readonly string[];
  readonly #ownFlags: readonly string[];
  readonly #given = new Set<string>();
  readonly #layer = emptyLayer();
  #at = 0;

  constructor(argv: readonly string[], commandFlags: readonly string[]) {
    this.#argv = argv;
    this.#ownFlags = commandFlags;
  }

  read(): FlagLayer {
    let previous: OptionName | undefined;
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
    return { ...this.#layer, commandFlags: this.#given };
  }

  /** @returns the option when it is a boolean without a value, so that a `true` or `false` after it can be explained. */
  #long(argument: string): OptionName | undefined {
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals === -1 ? undefined : equals);
    const value = equals === -1 ? undefined : argument.slice(equals + 1);
    if (value === undefined && this.#ownFlags.includes(name)) {
      this.#given.add(name);
      return undefined;
    }
    if (!isOptionName(name)) {
      this.#unknown(`--${name}`, value === undefined);
      return undefined;
    }
    return this.#take(name, value);
  }

  /** `-d`, `-dh`, `-d=false`: letters of boolean options, the last of which may have a value. */
  #short(argument: string): void {
    const equals = argument.indexOf("=");
    const letters = argument.slice(1, equals === -1 ? undefined : equals);
    const names = [...letters].map((letter) =>
      OPTION_NAMES.find((name) => optionOf(name).shorthand === letter),
    );
    if (names.length === 0 || names.includes(undefined)) {
      this.#unknown(`-${letters}`, equals === -1);
      return;
    }
    (names as OptionName[]).forEach((name, index) => {
      const last = index === names.length - 1;
      this.#take(name, last && equals !== -1 ? argument.slice(equals + 1) : undefined);
    });
  }

  #take(name: OptionName, given: string | undefined): OptionName | undefined {
    const option: Option = optionOf(name);
    if (given === undefined && option.kind.name === "bool") {
      this.#set(name, "true");
      return name;
    }
    const value = given ?? this.#nextValue();
    if (value === undefined) {
      const problem = { origin: `flag --${name}`, found: "no value", expected: option.kind.expected };
      this.#layer.problems.push(optionProblem(name, problem));
      return undefined;
    }
    const before = this.#layer.settings.get(name);
    this.#set(name, isList(option) && before !== undefined ? `${before.text},${value}` : value);
    return undefined;
  }

  /** pflag takes whatever follows; a known flag there is a value forgotten, and taking it would hide that flag too. */
  #nextValue(): string | undefined {
    const next = this.#argv[this.#at];
    if (next === undefined || (next.startsWith("--") && isOptionName(next.slice(2).split("=", 1)[0] ?? ""))) {
      return undefined;
    }
    this.#at++;
    return next;
  }

  #set(name: OptionName, text: string): void {
    this.#layer.settings.set(name, { text, origin: `flag --${name}` });
  }

  #unknown(flag: string, mayTakeValue: boolean): void {
    const name = flag.replace(/^-+/, "");
    const positive = name.startsWith("no-") ? name.slice("no-".length) : undefined;
    const hint =
      positive !== undefined && isOptionName(positive)
        ? `: did you mean --${positive}=false`
        : suggestion(name, (known) => `--${known}`);
    this.#layer.problems.push(`Unknown flag ${printable(flag)}${hint}`);
    // What follows is most likely this flag's value: one mistake, one line.
    const next = this.#argv[this.#at];
    if (mayTakeValue && next !== undefined && !next.startsWith("-")) this.#at++;
  }

  #word(word: string, previous: OptionName | undefined): void {
    const advice =
      previous !== undefined && parseBoolean(word) !== undefined
        ? `--${previous}=${word}, since a boolean flag takes its value after "="`
        : "flags only";
    this.#layer.problems.push(
      `Cannot use argument ${quote(word)}: found a word that is not a flag, expected ${advice}`,
    );
  }
}

/** A flag as it was typed, or quoted when it holds what would not show. */
function printable(flag: string): string {
  return /^[\x21-\x7e]{1,80}$/.test(flag) ? flag : quote(flag);
}
