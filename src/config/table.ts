/**
 * @module The table of options. Flags, environment variables, configuration files, the help text, the reference in
 * `docs/options.md` and the validation all come from it. Who makes it hands it to this room, which knows no option
 * but its own.
 */
import type { Option, OptionRows, ValuesOf } from "./option.ts";

/** Every option by its name, which is also its flag without the dashes and its key in files. */
export class OptionTable<R extends OptionRows = OptionRows> {
  /** In the order of the table. */
  readonly names: readonly string[];
  /** Every row, also as the flags that a command takes. */
  readonly rows: R;
  #defaults: ValuesOf<R> | undefined;

  constructor(rows: R) {
    this.rows = rows;
    this.names = Object.keys(this.rows);
  }

  /** Titles of the sections of help and reference, in the order of the table. */
  get groups(): readonly string[] {
    return [...new Set(this.names.map((name) => this.row(name).group))];
  }

  /** Whether `name` is an option. */
  has(name: string): boolean {
    return Object.hasOwn(this.rows, name);
  }

  /** The row of `name`, with its kind's value type forgotten. */
  row(name: string): Option {
    return this.rows[name] as Option;
  }

  /** Names of a section, in the order of the table. */
  namesOf(group: string): string[] {
    return this.names.filter((name) => this.row(name).group === group);
  }

  /** The value that every option has when nothing is set. */
  get defaults(): ValuesOf<R> {
    if (this.#defaults === undefined) {
      const parsed: Record<string, unknown> = {};
      for (const name of this.names) parsed[name] = this.row(name).kind.parse(this.row(name).default);
      this.#defaults = parsed as ValuesOf<R>;
    }
    return this.#defaults;
  }
}

/** `udp-output-port` is set by `TETRAGON_UDP_OUTPUT_PORT`. */
export function variableOf(name: string): string {
  return `${VARIABLE_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** What every variable begins with. */
export const VARIABLE_PREFIX = "TETRAGON_";
