/** @module Which sources there are, and what all of them use. */
import { list, size, text } from "../../config/kind.ts";
import type { OptionRows } from "../../config/option.ts";
import { TetradError } from "../../os/error.ts";
import type { SourceDefinition } from "../../source/source.ts";
import { AUTO, formOf, parseSource } from "../source-spec.ts";

/** The options, as `sources` are written. */
export function sourceOptions(sources: readonly SourceDefinition[]) {
  return {
    "event-source": {
      group: "Sources",
      from: "tetrad",
      support: "used",
      placeholder: "SOURCE",
      kind: list(`one or more of ${written(sources)}`, (item) => isSource(item, sources), {
        nonEmpty: true,
        values: offered(sources),
      }),
      default: "auto",
      description: describe(sources),
    },
    "max-line-size": {
      group: "Sources",
      from: "tetrad",
      support: "used",
      placeholder: "SIZE",
      kind: size({ min: 1024, max: 64 * 1024 ** 2 }),
      default: "4M",
      description: "Longest event that is read. A longer line is counted and skipped.",
    },
    "cluster-name": {
      group: "Sources",
      from: "tetragon",
      support: "used",
      placeholder: "NAME",
      kind: text(),
      default: "",
      description: "Name of the cluster that events carry. Events from files keep the name that they have.",
    },
  } as const satisfies OptionRows;
}

/** `"auto", "stdin" and "file:GLOB"`. */
function written(sources: readonly SourceDefinition[]): string {
  const forms = [AUTO, ...sources.map(formOf)].map((form) => `"${form}"`);
  return `${forms.slice(0, -1).join(", ")} and ${forms.at(-1)}`;
}

function isSource(item: string, sources: readonly SourceDefinition[]): boolean {
  try {
    parseSource(item, sources);
    return true;
  } catch (error) {
    if (error instanceof TetradError) return false;
    throw error;
  }
}

function describe(sources: readonly SourceDefinition[]): string {
  const tried = sources.flatMap(({ automatic }) => automatic?.summary ?? []).join(", else ");
  return `Where events come from: ${sources.map(({ summary }) => summary).join("; ")}. auto is ${tried}. Repeat the flag for several sources; then one that cannot run here is left out with a warning.`;
}

/** What a shell completes. */
function offered(sources: readonly SourceDefinition[]): string[] {
  return [AUTO, ...sources.map(({ type, argument }) => (argument === undefined ? type : `${type}:`))];
}
