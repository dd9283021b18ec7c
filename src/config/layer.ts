/** @module What one place (the flags, the environment, one file or directory) sets. */

import { nearest } from "../lib/text/distance.ts";
import { quote } from "./error.ts";
import type { Option } from "./option.ts";
import { shownText } from "./option.ts";
import type { OptionTable } from "./table.ts";

/** One option set in one place. */
export interface Setting {
  readonly text: string;
  /** Where, as in `flag --udp-output-port` or `file /etc/tetragon/tetragon.yaml:3`. */
  readonly origin: string;
}

/** What one place sets, and what is wrong there. */
export interface Layer<Name extends string = string> {
  readonly settings: Map<Name, Setting>;
  /** One line each: the agent does not start. */
  readonly problems: string[];
  /** One line each: what is passed over. */
  readonly warnings: string[];
}

/** A place that sets nothing. */
export function emptyLayer<Name extends string = string>(): Layer<Name> {
  return { settings: new Map(), problems: [], warnings: [] };
}

/**
 * The line that says why an option cannot be used.
 * @param origin where it was set, as a {@link Setting} has it
 * @param found what was found there, in words or quoted
 */
export function optionProblem(
  name: string,
  { origin, found, expected }: { readonly origin: string; readonly found: string; readonly expected: string },
): string {
  // The flag has just been named.
  const place = origin.startsWith("flag ") ? "flag" : origin;
  return `Cannot use --${name} (${place}): found ${found}, expected ${expected}`;
}

/** The line for a value that is not valid where Tetragon falls back. @param used what is used in its place */
export function fallbackWarning(
  name: string,
  { origin, found, expected }: { readonly origin: string; readonly found: string; readonly expected: string },
  used: string,
): string {
  const place = origin.startsWith("flag ") ? "flag" : origin;
  return `Ignored --${name} (${place}): found ${found}, expected ${expected}; used is ${used === "" ? "nothing" : quote(used)}`;
}

/** `text` for the "found" of a problem: quoted, and masked when the option is a secret. */
export function foundText(option: Option, text: string): string {
  return quote(shownText(option, text));
}

/** `: did you mean --udp-output-port?`, or nothing when none of `names` is near. */
export function suggestion(
  wanted: string,
  names: readonly string[],
  write: (name: string) => string,
): string {
  const name = nearest(wanted, names) ?? endingWith(wanted, names);
  return name === undefined ? "" : `: did you mean ${write(name)}?`;
}

/** `elasticsearch-hosts` for `hosts`, where no other name ends so. */
function endingWith(wanted: string, names: readonly string[]): string | undefined {
  const found = wanted === "" ? [] : names.filter((name) => name.endsWith(`-${wanted}`));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * The line for a key that no option has, in a file at `origin`. It is passed over, as in Tetragon: files outlive the
 * release that they were written for.
 */
export function unknownKeyWarning(table: OptionTable, key: string, origin: string): string {
  const hint = suggestion(key.toLowerCase().replaceAll("_", "-"), table.names, (name) => name);
  return `Ignored unknown option ${quote(key)} (${origin})${hint}`;
}

/** The line for an option that another release of Tetragon has. */
export function formerFlagWarning(name: string, origin: string): string {
  return `Ignored ${name} (${origin}): an option of another release of Tetragon, without effect here`;
}

/** The line for a flag-only option in a file or variable. */
export function flagOnlyWarning(name: string, origin: string): string {
  return `Ignored ${quote(name)} (${origin}): it has to be a flag`;
}

/** Whether the option's values are several items. */
export function isList(option: Pick<Option, "kind">): boolean {
  return option.kind.name === "list";
}

/** So many lines of one kind are said; the others are counted. */
const SAID = 20;

/** Says the first few of what may be many: keys of a file that is no configuration. */
export class FirstOnly {
  #count = 0;

  /** @param warning Made for the first few only. */
  add(layer: Layer, warning: () => string): void {
    if (this.#count++ < SAID) layer.warnings.push(warning());
  }

  /** Says how many there were besides. */
  finish(layer: Layer, origin: string): void {
    if (this.#count > SAID)
      layer.warnings.push(`Ignored ${this.#count - SAID} more unknown options (${origin})`);
  }
}
