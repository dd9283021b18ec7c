/** @module The kind of an option that names things and says the options of each: a JSON object, or a mapping in YAML. */
import { type JsonNode, parseJsonValues } from "../lib/json/nodes.ts";
import { formatList } from "../lib/text/list.ts";
import { createKind, type Kind } from "./kind.ts";
import { MASK } from "./option.ts";

/** One named thing: its options as texts, as they would stand in flags. */
export interface NamedOptions {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Objects of options by name.
 * @param expected What a valid text is, to follow the word `expected`.
 */
export function namedOptions(expected: string): Kind<readonly NamedOptions[]> {
  return createKind<readonly NamedOptions[]>({
    name: "map",
    expected,
    parse,
    format: (all) =>
      all.length === 0
        ? ""
        : JSON.stringify(
            Object.fromEntries(all.map(({ name, options }) => [name, Object.fromEntries(options)])),
          ),
  });
}

/**
 * The text with a mask for the options that are secret: as it was where it has none of them, and all of it masked where it
 * cannot be read.
 */
export function maskNamed(text: string, secrets: readonly string[]): string {
  if (!secrets.some((name) => text.includes(name))) return text;
  const all = parse(text);
  if (all === undefined) return MASK;
  const shown = all.map(({ name, options }) => [
    name,
    Object.fromEntries([...options].map(([key, value]) => [key, secrets.includes(key) ? MASK : value])),
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

function parse(text: string): readonly NamedOptions[] | undefined {
  if (text.trim() === "") return [];
  try {
    const nodes = parseJsonValues(text);
    const [node] = nodes;
    if (nodes.length !== 1 || node?.type !== "object") return undefined;
    // A name that comes twice is left to whoever knows what is named: that one can say which.
    return node.members.map(({ key, value }) => ({ name: key.value, options: optionsOf(text, value) }));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @throws SyntaxError when the node is not an object of texts, numbers, booleans and lists of those. */
function optionsOf(text: string, node: JsonNode): ReadonlyMap<string, string> {
  return new Map([...membersOf(node)].map(([key, value]) => [key, textOf(text, value)]));
}

/** @throws SyntaxError when the node is not an object, or has a key twice. */
function membersOf(node: JsonNode): Map<string, JsonNode> {
  if (node.type !== "object") throw new SyntaxError("not an object");
  const members = new Map(node.members.map(({ key, value }) => [key.value, value]));
  if (members.size < node.members.length) throw new SyntaxError("a key twice");
  return members;
}

/** As it was written, so that 0640 and 64K mean the same as in a flag. */
function textOf(text: string, node: JsonNode): string {
  switch (node.type) {
    case "string":
      return node.value;
    case "array":
      return formatList(node.items.map((item) => textOf(text, item)));
    case "object":
    case "null":
      throw new SyntaxError("not a text");
    default:
      return text.slice(node.start, node.end);
  }
}
