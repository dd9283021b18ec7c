/**
 * @module Exporters that `--exporters` and `--exporter` name, any number of one type. Each uses the options of its type, which have
 * the names, kinds and defaults of the flags, and not the flags' values.
 */
import type { OptionView } from "../config/config.ts";
import { quote } from "../config/error.ts";
import { foundText, suggestion } from "../config/layer.ts";
import type { NamedOptions } from "../config/named-options.ts";
import type { OptionRows } from "../config/option.ts";
import { ecsRows } from "../encoding/ecs/options.ts";
import type { ExporterDefinition } from "../exporter/exporter.ts";
import { EXPORTER_COUNTERS } from "../telemetry/counters.ts";
import { TYPE_KEY as TYPE } from "./options/exporters.ts";
import { localRows } from "./options/local.ts";
import { queueRows } from "./options/queue.ts";
import { counterField } from "./totals.ts";

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** Each has a queue, counters and log fields of its own, and each event goes to every one of them. */
const MAX_EXPORTERS = 64;

/** One exporter as it was named. */
export interface NamedExporter {
  readonly name: string;
  readonly definition: ExporterDefinition;
  /** Its options, those of its queue among them. */
  readonly config: OptionView;
}

/** What {@link readNamedExporters} found. */
export interface NamedExporters {
  readonly exporters: readonly NamedExporter[];
  /** One line each. */
  readonly problems: readonly string[];
}

/** What `--exporters` and `--exporter` name. */
export interface NamingOptions {
  readonly exporters: readonly NamedOptions[];
  readonly exporter: readonly NamedOptions[];
}

/**
 * Reads what the two options say.
 * @param originOf Where each was set.
 */
export function readNamedExporters(
  { exporters: listed, exporter: single }: NamingOptions,
  definitions: readonly ExporterDefinition[],
  originOf: (option: keyof NamingOptions) => string,
): NamedExporters {
  const named = [...listed, ...single];
  if (named.length > MAX_EXPORTERS) {
    const option = listed.length > 0 ? "exporters" : "exporter";
    const problem = `Cannot use --${option} (${originOf(option)}): found ${named.length} exporters, expected at most ${MAX_EXPORTERS}`;
    return { exporters: [], problems: [problem] };
  }
  const exporters: NamedExporter[] = [];
  const problems: string[] = [];
  const counters = new Map<string, string>();
  for (const { type } of definitions) clashOf(type, counters);
  const names = new Set<string>();
  for (const [at, { name, options }] of named.entries()) {
    const origin = originOf(at < listed.length ? "exporters" : "exporter");
    const refuse = (what: string) => problems.push(`Cannot use exporter ${quote(name)} (${origin}): ${what}`);
    const isTaken = definitions.some(({ type }) => type === name);
    if (!NAME.test(name) || isTaken) {
      refuse(
        isTaken
          ? "found the name of a type, expected another name"
          : "found that name, expected a lower-case letter, then up to 31 letters, digits, _ or -",
      );
      continue;
    }
    if (names.has(name)) {
      refuse("found another exporter of that name, expected each name once");
      continue;
    }
    names.add(name);
    const clash = clashOf(name, counters);
    if (clash !== undefined) {
      refuse(
        `found a name whose ${clash.field} is a counter of exporter ${quote(clash.name)}, expected another name`,
      );
      continue;
    }
    const definition = definitionOf(options.get(TYPE), definitions, refuse);
    if (definition === undefined) continue;
    const config = readOptions(options, definition, { origin: `exporter ${quote(name)}, ${origin}`, refuse });
    exporters.push({ name, definition, config });
  }
  return { exporters, problems };
}

/** The counter of exporter `name` that is another's by name: `a` and `a_bytes` both have `a_bytes_exported`. */
function clashOf(
  name: string,
  counters: Map<string, string>,
): { readonly field: string; readonly name: string } | undefined {
  for (const counter of EXPORTER_COUNTERS) {
    const field = counterField(name, counter);
    const other = counters.get(field);
    if (other !== undefined) return { field, name: other };
    counters.set(field, name);
  }
  return undefined;
}

type Refuse = (what: string) => void;

function definitionOf(
  type: string | undefined,
  definitions: readonly ExporterDefinition[],
  refuse: Refuse,
): ExporterDefinition | undefined {
  const definition = definitions.find((each) => each.type === type);
  if (definition !== undefined) return definition;
  const types = definitions.map((each) => each.type);
  const found = type === undefined ? `no ${TYPE}` : `type ${quote(type)}`;
  refuse(`found ${found}, expected ${types.slice(0, -1).join(", ")} or ${types.at(-1)}`);
  return undefined;
}

function readOptions(
  options: ReadonlyMap<string, string>,
  definition: ExporterDefinition,
  { origin, refuse }: { readonly origin: string; readonly refuse: Refuse },
): OptionView {
  const rows: OptionRows = {
    ...definition.options(),
    ...queueRows(),
    ...ecsRows(),
    ...(definition.metadata === "asked" && localRows()),
  };
  const values: Record<string, unknown> = {};
  for (const [name, { kind, default: initially }] of Object.entries(rows))
    values[name] = kind.parse(initially);
  // Naming an exporter asks for it.
  if (values[definition.enabledBy] === false) values[definition.enabledBy] = true;
  for (const [name, text] of options) {
    if (name === TYPE) continue;
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    const value = row?.kind.parse(text);
    if (row === undefined) {
      refuse(`unknown option ${quote(name)}${suggestion(name, Object.keys(rows), (near) => near)}`);
    } else if (value === undefined) {
      refuse(`${name} is ${foundText(row, text)}, expected ${row.kind.expected}`);
    } else {
      values[name] = value;
    }
  }
  if (String(values[definition.enabledBy]) === "") refuse(`found no ${definition.enabledBy}, expected one`);
  return { values, origin: () => origin, isSet: (name) => options.has(name) };
}
