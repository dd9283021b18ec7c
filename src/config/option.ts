/** @module The shape of one row of the option table. */
import type { Kind } from "./kind.ts";

/**
 * What `tetrad` does with an option:
 * - `used`: it has its effect;
 * - `server`: it asks for a server that this version does not have; asking for one gives a warning;
 * - `sensor`: Tetragon's sensors have it and the native sensor does not; changing it gives a warning;
 * - `ignored`: Tetragon needs it and `tetrad` does not; setting it is mentioned in one warning.
 */
export type Support = "used" | "server" | "sensor" | "ignored";

/** One row of the option table. */
export interface Option<T = unknown> {
  /** Title of its section in the help text and the reference. */
  readonly group: string;
  /** Whose option it is. Tetragon's keep Tetragon's name, type and default. */
  readonly from: "tetrad" | "tetragon";
  readonly support: Support;
  /** Stands for the value in the help text; a boolean has none. */
  readonly placeholder?: string;
  readonly kind: Kind<T>;
  /** As a user would write it. */
  readonly default: string;
  /** One or two sentences that teach. */
  readonly description: string;
  /** One-letter form of the flag. */
  readonly shorthand?: string;
  /** A running agent takes a new value at SIGHUP; any other option needs a restart. */
  readonly reloadable?: true;
  /** The value is masked wherever it would be shown. */
  readonly secret?: true;
  /** The value as it may be shown, where only a part of it is secret. */
  readonly shown?: (text: string) => string;
  /** Tetragon does not start with a value that is not valid, wherever it is set; with those of most options it does. */
  readonly isStrict?: true;
  /** Only a flag: a file or a variable cannot set it. */
  readonly flagOnly?: true;
  /** Variables of others, each before the next, that say the value where nobody has set the option. */
  readonly variables?: readonly StandardVariable[];
}

/** A variable that more programs than this one have. */
export interface StandardVariable {
  readonly name: string;
  /** The text of the option, of that of the variable and what other variables say. @default it is the same */
  readonly convert?: (text: string, env: Readonly<Record<string, string | undefined>>) => string;
}

/** The value that an option's row says it has. */
export type OptionValue<O> = O extends { readonly kind: Kind<infer T> } ? T : never;

/** Rows of the option table by name: the flag without its dashes, and the key in files. */
export type OptionRows = Readonly<Record<string, Option>>;

/**
 * The effective value of each option: durations in milliseconds, sizes in bytes, file permissions as a mode, lists as
 * arrays, everything else as its kind says.
 */
export type ValuesOf<R extends OptionRows> = { readonly [Name in keyof R]: OptionValue<R[Name]> };

/**
 * Rows that are made when somebody first asks for them: most runs ask for a few, and the start has 30 ms in all.
 * @param make Called once.
 */
export function optionRows<const R extends OptionRows>(make: () => R): () => R {
  let rows: R | undefined;
  return () => {
    rows ??= make();
    return rows;
  };
}

/** Stands for a secret. */
export const MASK = "********";

/** `text` as it may be shown: a secret that is set becomes a mask. */
export function shownText(option: Pick<Option, "secret" | "shown">, text: string): string {
  if (text === "") return text;
  return option.secret ? MASK : (option.shown?.(text) ?? text);
}
