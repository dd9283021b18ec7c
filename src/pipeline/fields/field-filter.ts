/**
 * @module What events contain: `--field-filters`.
 *
 * Filters are applied one after another, each to what the ones before it left. So exclusion wins, and of two
 * inclusions only what both name stays.
 */

import { EventType, FieldFilter, FieldFilterAction } from "../../event/description/index.ts";
import { fieldPaths } from "../../event/fields.ts";
import { offsetInString } from "../../lib/json/nodes.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { nearest } from "../../lib/text/distance.ts";
import { type Message, readMessages, type StringValue } from "../config/message.ts";
import { FilterText, type Problems } from "../config/problems.ts";
import { isEventField } from "../subject.ts";
import { createMask, exclude, include, type Mask } from "./mask.ts";
import { eventMessages, resolveFieldPath } from "./path.ts";

/** One object of `--field-filters`. */
export class FieldRule {
  readonly #types: ReadonlySet<number> | undefined;
  readonly #isInverted: boolean;
  readonly mask: Mask;
  readonly action: "include" | "exclude";

  /** @param types Numbers of the event types that the rule is for, or, inverted, is not for; none for all. */
  constructor(types: readonly number[], isInverted: boolean, mask: Mask, action: "include" | "exclude") {
    this.#types = types.length === 0 ? undefined : new Set(types);
    this.#isInverted = isInverted;
    this.mask = mask;
    this.action = action;
  }

  /** Whether the rule is for events of the type with this number, 0 for one that is not Tetragon's. */
  isFor(typeNumber: number): boolean {
    return this.#types === undefined || this.#types.has(typeNumber) !== this.#isInverted;
  }

  /**
   * Makes a copy of `event` with fields taken out of what happened; node name, time and the like stay, and what is not
   * changed is shared.
   * @param typeNumber The event's type, 0 when it is not one of Tetragon's.
   * @returns `event` itself when nothing is taken out.
   */
  apply(event: JsonObject, typeNumber: number): JsonObject {
    if (!this.isFor(typeNumber)) return event;
    const apply = this.action === "include" ? include : exclude;
    let changed = event;
    for (const field in event) {
      const payload = isEventField(field) ? asObject(event[field]) : undefined;
      if (payload === undefined) continue;
      const kept = apply(payload, this.mask);
      if (kept === payload) continue;
      if (changed === event) changed = { ...event };
      changed[field] = kept;
    }
    return changed;
  }
}

/** Reads the rules; problems go to `problems`, oddities to `warn`. @param name What they call the text. */
export function readFieldRules(
  text: string,
  problems: Problems,
  warn: (message: string) => void,
  name = "--field-filters",
): FieldRule[] {
  return readMessages(new FilterText(name, text, problems), FieldFilter).map((filter) =>
    compileRule(filter, warn),
  );
}

/** Stands for what Tetragon's mask does not see: alternatives of a `oneof`, entries of a map. No field has that name. */
const NO_FIELD = "\u0000";

function compileRule(filter: Message, warn: (message: string) => void): FieldRule {
  const place = `${filter.source.option}, filter ${filter.number}`;
  const types = filter.numbers("event_set");
  const isInverted = filter.scalar("invert_event_set")?.value === true;
  const isExclusion = filter.scalar("action")?.value === FieldFilterAction.EXCLUDE;
  const messages = eventMessages(isInverted ? [] : types);
  const fields = filter.scalar("fields") as StringValue | undefined;
  if (fields === undefined || fields.value.trim() === "")
    warn(`No field is named by ${place}: it changes nothing`);
  const paths: string[] = [];
  const unknown: { readonly at: number; readonly problem: string }[] = [];
  const report = ({ at, problem }: (typeof unknown)[number]): void =>
    filter.report("fields", offsetInString(filter.source.text, fields!.node, at), problem);
  for (const { path, at } of splitPaths(fields?.value ?? "")) {
    const result = resolveFieldPath(path, messages);
    if ("problem" in result) {
      const problem = `path "${path}": ${result.problem}${pathHint(path, isInverted ? [] : types)}`;
      if (result.foreign === undefined) report({ at, problem });
      else {
        unknown.push({ at, problem });
        paths.push(result.foreign.join("."));
      }
      continue;
    }
    const { names, stopsAt } = result;
    if (stopsAt !== undefined) warn(partialPathWarning(path, names.join("."), stopsAt, isExclusion, place));
    // Included, a map stays whole and a oneof becomes empty; excluded, both stay as they are.
    const isEmpty = stopsAt === "oneof" || (stopsAt === "map" && isExclusion);
    paths.push([...names, ...(isEmpty ? [NO_FIELD] : [])].join("."));
  }
  // Events of another release may have them; but where there is nothing else, nothing of this one's would be left.
  if (!isExclusion && unknown.length > 0 && unknown.length === paths.length) unknown.forEach(report);
  else for (const { problem } of unknown) warn(`${place}, ${problem}; it is taken as it stands`);
  return new FieldRule(types, isInverted, createMask(paths), isExclusion ? "exclude" : "include");
}

/** Names the path that was probably meant. */
function pathHint(path: string, types: readonly number[]): string {
  const names = Object.entries(EventType).filter(
    ([, number]) => types.length === 0 || types.includes(number),
  );
  const near = nearest(path, fieldPaths(names.map(([name]) => name.toLowerCase())));
  return near === undefined ? "" : `; nearest is "${near}"`;
}

function partialPathWarning(
  path: string,
  known: string,
  stopsAt: "map" | "oneof",
  isExclusion: boolean,
  place: string,
): string {
  const what = stopsAt === "map" ? `entries of the map "${known}"` : `alternatives inside "${known}"`;
  const effect = isExclusion
    ? "nothing is excluded"
    : stopsAt === "map"
      ? "the whole map stays"
      : "none stays";
  return `The path "${path}" of ${place} selects ${what}, which field masks cannot do in Tetragon either: ${effect}`;
}

/** The paths of a field mask in JSON: commas between them, and nothing for no paths. */
function splitPaths(text: string): { path: string; at: number }[] {
  if (text.trim() === "") return [];
  let at = 0;
  return text.split(",").map((path) => {
    const start = at;
    at += path.length + 1;
    return { path, at: start };
  });
}
