/** @module What a key or a word means that is not written as the document's description has it. */
import { constants } from "node:os";
import { editDistance, nearest } from "../../lib/text/distance.ts";
import { oneOf } from "./finding.ts";
import { join } from "./places.ts";
import type { Kind, Mistakes, ObjectSchema } from "./schema/kind.ts";

/** What a key means. */
export interface KeyMeaning {
  /** The field; `undefined` for a key that is refused. */
  readonly field: string | undefined;
  readonly expected: string;
  /** Empty for a key that is written as it should be. */
  readonly cure: string;
}

/** What a word means. */
export interface WordMeaning {
  readonly word: string | undefined;
  readonly expected: string;
  readonly cure: string;
}

const has = (table: object, key: string): boolean => Object.hasOwn(table, key);

/** What `key` means in an object of `schema`, in a document that begins with `root`. */
export function meaningOfKey(key: string, schema: ObjectSchema, root: ObjectSchema): KeyMeaning {
  if (has(schema.fields, key)) return { field: key, expected: "", cure: "" };
  const names = Object.keys(schema.fields);
  const folded = names.find((name) => name.toLowerCase() === key.toLowerCase());
  if (folded !== undefined) return { field: folded, expected: "", cure: `write ${folded}` };
  const mistake = mistakeOf(key, schema.mistakes);
  const expected = mistake?.expected ?? oneOf(names);
  if (mistake !== undefined) return { field: mistake.means, expected, cure: mistake.cure };
  const places = placesOf(key, root);
  if (places.length > 0) {
    const cure = `that belongs in ${oneOf(places)}`;
    return { field: undefined, expected, cure };
  }
  return { field: undefined, expected, cure: suggestion(key, names) || (schema.cureOfOthers ?? "") };
}

/** What a word means where one of a choice is expected. */
export function meaningOfWord(word: string, kind: Extract<Kind, { kind: "choice" }>): WordMeaning {
  if (kind.values.includes(word)) return { word, expected: "", cure: "" };
  const folded = kind.values.find((value) => value.toLowerCase() === word.toLowerCase());
  if (folded !== undefined) return { word: folded, expected: "", cure: `write ${folded}` };
  const mistake = mistakeOf(word, kind.mistakes);
  const expected = mistake?.expected ?? `one of ${kind.values.join(", ")}`;
  if (mistake !== undefined) return { word: mistake.means, expected, cure: mistake.cure };
  return { word: undefined, expected, cure: suggestion(word, kind.values) };
}

/** The number that a name of an error or a signal has where a number is expected. */
export function numberOfName(word: string): number | undefined {
  const name = word.replace(/^-/, "").toUpperCase();
  const { errno, signals } = constants;
  if (Object.hasOwn(errno, name)) return -errno[name as keyof typeof errno];
  return Object.hasOwn(signals, name) ? signals[name as keyof typeof signals] : undefined;
}

/** `write Equal`, or nothing. Case is no difference. */
export function suggestion(word: string, names: readonly string[]): string {
  const found = nearest(
    word.toLowerCase(),
    names.map((name) => name.toLowerCase()),
  );
  const name = names.find((candidate) => candidate.toLowerCase() === found);
  return name === undefined ? "" : `write ${name}`;
}

/** The most alike of all names: for where the least bad answer is better than none. */
export function mostAlike(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(word.toLowerCase().slice(0, 64), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

function mistakeOf(word: string, mistakes: Mistakes): Mistakes[string] | undefined {
  const key = word.toLowerCase();
  return has(mistakes, key) ? mistakes[key] : undefined;
}

/** Most that are named. */
const MAX_PLACES = 3;

/** Where a document has a field of that name: `spec.kprobes[].selectors[].matchArgs`. */
function placesOf(key: string, root: ObjectSchema): string[] {
  const found: string[] = [];
  const seen = new Set<ObjectSchema>();
  const visit = (schema: ObjectSchema, path: string): void => {
    // Hooks of all sections have the same selectors: the first is enough.
    if (seen.has(schema)) return;
    seen.add(schema);
    for (const [name, { is }] of Object.entries(schema.fields)) {
      const at = join(path, name);
      if (name.toLowerCase() === key.toLowerCase()) found.push(at);
      visitKind(is, at);
    }
  };
  const visitKind = (kind: Kind, path: string): void => {
    if (kind.kind === "list") visitKind(kind.of, `${path}[]`);
    else if (kind.kind === "table") visitKind(kind.of, `${path}.NAME`);
    else if (kind.kind === "object") visit(kind.schema, path);
  };
  visit(root, "");
  return found.slice(0, MAX_PLACES);
}
