/** @module What `--event-source` takes. */
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";

/** The kinds of sources, and how each is written. */
const FORMS = { auto: "auto", sensor: "sensor", stdin: "stdin", file: "file:GLOB" } as const;

/** A kind of source. */
export type SourceKind = keyof typeof FORMS;

/** One source as the user named it. */
export type SourceSpec =
  | { readonly kind: "auto" | "sensor" | "stdin" }
  | { readonly kind: "file"; readonly glob: string };

/** All kinds, in the order in which help lists them. */
export const SOURCE_KINDS = Object.keys(FORMS) as readonly SourceKind[];

/** How sources are written, for help texts: `stdin, file:GLOB`. */
export const SOURCE_FORMS = Object.values(FORMS).join(", ");

/**
 * Parses one source: `auto`, `sensor`, `stdin`, or `file:GLOB`.
 * @throws TetradError `config` when there is no such kind (it names the nearest), or its argument is missing or
 * one too many.
 */
export function parseSourceSpec(text: string): SourceSpec {
  const colon = text.indexOf(":");
  const kind = colon === -1 ? text : text.slice(0, colon);
  const argument = colon === -1 ? "" : text.slice(colon + 1);
  switch (kind) {
    case "auto":
    case "sensor":
    case "stdin":
      if (colon === -1) return { kind };
      throw invalid(text, "an argument", `needs "${kind}" alone`);
    case "file":
      if (argument !== "") return { kind, glob: argument };
      throw invalid(text, "no file name", 'needs "file:GLOB", such as "file:/var/log/tetragon/*.log"');
    default:
      throw invalid(text, `unknown kind "${kind}"`, `needs ${SOURCE_FORMS}${hint(text, kind)}`);
  }
}

function invalid(text: string, found: string, needed: string): TetradError {
  return new TetradError("config", `Cannot use event source "${text}": found ${found}, ${needed}`);
}

/** A word that looks like a file name is one whose `file:` was forgotten. */
function hint(text: string, kind: string): string {
  if (/[/.*]/.test(text)) return `; nearest is "file:${text}"`;
  const near = nearest(kind, SOURCE_KINDS);
  return near === undefined ? "" : `; nearest is "${FORMS[near as SourceKind]}"`;
}
