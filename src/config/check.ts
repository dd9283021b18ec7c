/** @module What can only be said of several options together. */

import { resolve } from "node:path";
import type { LoadedConfig } from "./config.ts";
import { quote } from "./error.ts";
import { optionProblem } from "./layer.ts";
import { namesOfGroup, type OptionName, type OptionValues, optionOf } from "./options.ts";

/** What {@link checkConfig} found, one line each. */
export interface Checked {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks options against each other. Looks at values only, never at the host. */
export function checkConfig(config: Pick<LoadedConfig, "values" | "origin" | "isSet">): Checked {
  return {
    problems: [...repeatedSources(config), ...exportIntoSource(config)],
    warnings: [
      ...withoutExportFile(config),
      ...withoutFileSource(config),
      ...(usesSensor(config)
        ? [...ancestorTypes(config), ...withoutEnvironment(config)]
        : withoutSensor(config)),
    ],
  };
}

type Config = Parameters<typeof checkConfig>[0];

/** The same file followed twice would export every event twice. */
function repeatedSources({ values, origin }: Config): string[] {
  const sources = values["event-source"];
  const repeated = sources.find((source, index) => sources.indexOf(source) !== index);
  if (repeated === undefined) return [];
  const problem = { found: `${quote(repeated)} twice`, expected: "every source once" };
  return [optionProblem("event-source", { origin: origin("event-source"), ...problem })];
}

/** An exported event would be read, and exported, and read. */
function exportIntoSource({ values, origin }: Config): string[] {
  const file = values["export-filename"];
  if (file === "") return [];
  const source = values["event-source"].find(
    (item) => item.startsWith("file:") && matches(item.slice("file:".length), file),
  );
  if (source === undefined) return [];
  const expected = `a file that --event-source ${quote(source)} does not read`;
  return [
    optionProblem("export-filename", { origin: origin("export-filename"), found: quote(file), expected }),
  ];
}

function matches(glob: string, file: string): boolean {
  const pattern = resolve(glob);
  const path = resolve(file);
  return pattern === path || new Bun.Glob(pattern).match(path);
}

const EXPORT_FILE_ONLY: readonly OptionName[] = [
  "export-file-max-size-mb",
  "export-file-max-backups",
  "export-file-rotation-interval",
  "export-file-compress",
  "export-file-perm",
];

function withoutExportFile({ values, isSet }: Config): string[] {
  if (values["export-filename"] !== "") return [];
  return withoutEffect("Without --export-filename no file is written, so", EXPORT_FILE_ONLY.filter(isSet));
}

const FILE_SOURCE_ONLY: readonly OptionName[] = [
  "from-beginning",
  "exit-at-end",
  "checkpoint-file",
  "file-poll-interval",
  "max-open-files",
];

/** Whether files may be a source; `auto` becomes one where the sensor cannot run. */
export function mayReadFiles(values: OptionValues): boolean {
  return values["event-source"].some((source) => source === "auto" || source.startsWith("file:"));
}

function withoutFileSource({ values, isSet }: Config): string[] {
  if (mayReadFiles(values)) return [];
  return withoutEffect("Without a file source", FILE_SOURCE_ONLY.filter(isSet));
}

function usesSensor({ values }: Config): boolean {
  return values["event-source"].some((source) => source === "auto" || source === "sensor");
}

function withoutSensor({ values, isSet }: Config): string[] {
  const names = namesOfGroup("sensor").filter((name) => {
    const { support, kind, default: initially } = optionOf(name);
    return (
      support === "used" && name !== "cluster-name" && isSet(name) && kind.format(values[name]) !== initially
    );
  });
  return withoutEffect("Without the sensor", names);
}

/** As in Tetragon, `base` is what all other types need. */
function ancestorTypes({ values }: Config): string[] {
  const types = values["enable-ancestors"];
  const asOption = (list: readonly string[]) =>
    list.length === 0 ? [] : [`enable-ancestors=${list.join(",")}`];
  if (!types.includes("base")) return withoutEffect("Without base among them", asOption(types));
  const others = types.filter((type) => type !== "base" && type !== "tracepoint");
  return withoutEffect("The sensor makes no such events, so", asOption(others));
}

function withoutEnvironment({ values }: Config): string[] {
  if (values["enable-process-environment-variables"]) return [];
  const isFiltered = values["filter-environment-variables"].length > 0;
  return withoutEffect(
    "Without --enable-process-environment-variables",
    isFiltered ? ["filter-environment-variables"] : [],
  );
}

/** @param names Of options, or an option and a part of its value. */
function withoutEffect(reason: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`${reason} there is no effect of ${names.map((name) => `--${name}`).join(", ")}`];
}
