/**
 * @module The one table of options. Flags, environment variables, configuration files, the help text, the reference
 * in `docs/options.md`, the list in the README and the validation all come from it.
 */
import type { Group, Option, OptionValue } from "./option.ts";
import { AGENT_OPTIONS } from "./options/agent.ts";
import { FILE_OPTIONS } from "./options/file.ts";
import { FILTER_OPTIONS } from "./options/filter.ts";
import { IGNORED_OPTIONS } from "./options/ignored.ts";
import { SENSOR_OPTIONS } from "./options/sensor.ts";
import { SERVER_OPTIONS } from "./options/server.ts";
import { SOURCE_OPTIONS } from "./options/source.ts";
import { UDP_OPTIONS } from "./options/udp.ts";

/** Every option by its name, which is also its flag without the dashes and its key in files. */
export const OPTIONS = {
  ...UDP_OPTIONS,
  ...SOURCE_OPTIONS,
  ...FILTER_OPTIONS,
  ...FILE_OPTIONS,
  ...AGENT_OPTIONS,
  ...SERVER_OPTIONS,
  ...SENSOR_OPTIONS,
  ...IGNORED_OPTIONS,
} as const;

export type OptionName = keyof typeof OPTIONS;

/**
 * The effective value of every option by its name: durations in milliseconds, sizes in bytes, file permissions as
 * a mode, lists as arrays, everything else as its kind says.
 */
export type OptionValues = { readonly [Name in OptionName]: OptionValue<(typeof OPTIONS)[Name]> };

/** All names, in the order of the table. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Whether `name` is an option. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

/** The row of `name`, with its kind's value type forgotten. */
export function optionOf(name: OptionName): Option {
  return OPTIONS[name];
}

/** Names of a group, in the order of the table. */
export function namesOfGroup(group: Group): OptionName[] {
  return OPTION_NAMES.filter((name) => OPTIONS[name].group === group);
}

/** `udp-output-port` is set by `TETRAGON_UDP_OUTPUT_PORT`. */
export function variableOf(name: string): string {
  return `${VARIABLE_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** What every variable begins with. */
export const VARIABLE_PREFIX = "TETRAGON_";
