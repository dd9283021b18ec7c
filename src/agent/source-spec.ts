/** @module What `--event-source` takes: `auto`, or the type of a source and what it is to read. */
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";
import type { SourceDefinition } from "../source/source.ts";

/** The first source that can start, of those that are tried by themselves. */
export const AUTO = "auto";

/** One source as the user named it. */
export interface SourceSpec {
  readonly definition: SourceDefinition;
  readonly argument: string;
}

/** How a source is written: `stdin`, `file:GLOB`. */
export function formOf({ type, argument }: SourceDefinition): string {
  return argument === undefined ? type : `${type}:${argument.placeholder}`;
}

/**
 * What a source that the user wrote stands for: one source, or for `auto` those to be tried, the best first.
 * @throws TetradError `config` when there is no such type (it names the nearest), or its argument is missing or
 * one too many.
 */
export function parseSource(text: string, sources: readonly SourceDefinition[]): readonly SourceSpec[] {
  const colon = text.indexOf(":");
  const type = colon === -1 ? text : text.slice(0, colon);
  const argument = colon === -1 ? "" : text.slice(colon + 1);
  const definition = sources.find((source) => source.type === type);
  if (definition?.argument === undefined && (definition !== undefined || type === AUTO) && colon !== -1)
    throw invalid(text, "an argument", `needs "${type}" alone`);
  if (type === AUTO) return automaticSources(sources);
  if (definition === undefined) throw unknownType(text, type, sources);
  if (definition.argument !== undefined && argument === "") {
    const { what, example } = definition.argument;
    throw invalid(text, `no ${what}`, `needs "${formOf(definition)}", such as "${example}"`);
  }
  return [{ definition, argument }];
}

/** What {@link AUTO} tries. */
function automaticSources(sources: readonly SourceDefinition[]): SourceSpec[] {
  return sources.flatMap((definition) =>
    definition.automatic === undefined ? [] : [{ definition, argument: definition.automatic.argument }],
  );
}

function invalid(text: string, found: string, needed: string): TetradError {
  return new TetradError("config", `Cannot use event source "${text}": found ${found}, ${needed}`);
}

/** A word that looks like a file name is one whose type was forgotten. */
function unknownType(text: string, type: string, sources: readonly SourceDefinition[]): TetradError {
  const forms = new Map([[AUTO, AUTO], ...sources.map((source) => [source.type, formOf(source)] as const)]);
  const reader = sources.find(({ reads }) => reads !== undefined);
  const near =
    reader !== undefined && /[/.*]/.test(text)
      ? `${reader.type}:${text}`
      : forms.get(nearest(type, [...forms.keys()]) ?? "");
  const hint = near === undefined ? "" : `; nearest is "${near}"`;
  return invalid(text, `unknown kind "${type}"`, `needs ${[...forms.values()].join(", ")}${hint}`);
}
