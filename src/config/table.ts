/**
 * @module The table of options. Flags, environment variables, configuration files, the help text, the reference in
 * `docs/options.md` and the validation all come from it. Who makes it hands it to this room, which knows no option
 * but its own.
 */
import type { Option, OptionRows, ValuesOf } from "./option.ts";

/** Some rows of the table: those of a component, say. */
export interface OptionSection {
  /** Makes the rows, when somebody first asks for one. */
  readonly options: () => OptionRows;
}

/**
 * Every option by its name, which is also its flag without the dashes and its key in files. A row is made when it is
 * asked for, and those of its section with it.
 */
export class OptionTable<R extends OptionRows = OptionRows> {
  /** In the order of the table. */
  readonly names: readonly string[];
  /** The value that every option has when nothing is set. */
  readonly defaults: ValuesOf<R>;
  readonly #sections: readonly OptionSection[];
  readonly #sectionByName = new Map<string, OptionSection>();
  #rows: R | undefined;

  /**
   * @param sections In their order. No name is in two of them.
   * @param defaults What {@link defaultsOf} says of each section. @default it is asked, which makes all rows
   */
  constructor(
    sections: readonly OptionSection[],
    defaults: readonly Readonly<Record<string, unknown>>[] = sections.map(defaultsOf),
  ) {
    this.#sections = sections;
    this.defaults = Object.assign({}, ...defaults);
    this.names = Object.keys(this.defaults);
    sections.forEach((section, index) => {
      for (const name in defaults[index]) this.#sectionByName.set(name, section);
    });
  }

  /** A table of these rows alone. */
  static of<const R extends OptionRows>(rows: R): OptionTable<R> {
    return new OptionTable([{ options: () => rows }]);
  }

  /** Every row, also as the flags that a command takes. */
  get rows(): R {
    this.#rows ??= Object.assign({}, ...this.#sections.map(({ options }) => options())) as R;
    return this.#rows;
  }

  /** Titles of the sections of help and reference, in the order of the table. */
  get groups(): readonly string[] {
    return [...new Set(this.names.map((name) => this.row(name).group))];
  }

  /** Whether `name` is an option. */
  has(name: string): boolean {
    return this.#sectionByName.has(name);
  }

  /** The row of `name`, with its kind's value type forgotten. */
  row(name: string): Option {
    return this.#sectionByName.get(name)?.options()[name] as Option;
  }

  /** The section that has `name`. */
  sectionOf(name: string): OptionSection | undefined {
    return this.#sectionByName.get(name);
  }

  /** Names of a section of help and reference, in the order of the table. */
  namesOf(group: string): string[] {
    return this.names.filter((name) => this.row(name).group === group);
  }
}

/** The value that each option of a section has when nothing is set. */
export function defaultsOf({ options }: OptionSection): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(options())) values[name] = row.kind.parse(row.default);
  return values;
}

/** `udp-output-port` is set by `TETRAGON_UDP_OUTPUT_PORT`. */
export function variableOf(name: string): string {
  return `${VARIABLE_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** What every variable begins with. */
export const VARIABLE_PREFIX = "TETRAGON_";
