/** @module The kind of an option that names one thing at a time and says its options: `NAME=TYPE,KEY=VALUE,...`. */
import { formatList, parseList } from "../lib/text/list.ts";
import { createKind, type Kind } from "./kind.ts";
import type { NamedOptions } from "./named-options.ts";
import { MASK } from "./option.ts";

/** A key and its value, which stands in quotes where it has a comma; a quote inside quotes is doubled. */
const PAIR = /\s*([^\s=,"]+)=(?:"((?:[^"]|"")*)"|([^,"\n]*))[ \t]*(?:,|$)/y;

/**
 * Things by name, one each time that the flag is given.
 * @param typeKey The option that stands with the name.
 * @param expected What a valid text is, to follow the word `expected`.
 */
export function namedItems(typeKey: string, expected: string): Kind<readonly NamedOptions[]> {
  return createKind<readonly NamedOptions[]>({
    name: "list",
    expected,
    isItem: true,
    parse: (text) => parseItems(typeKey, text),
    format: (all) => formatList(all.map((each) => formatItem(typeKey, each))),
  });
}

/** The text with a mask for the options that are secret; all of it masked where it cannot be read and may have some. */
export function maskNamedItems(typeKey: string, text: string, secrets: readonly string[]): string {
  if (!secrets.some((name) => text.includes(name))) return text;
  // As it was given, or as one of a list.
  const one = parseItem(typeKey, text);
  if (one !== undefined) return formatItem(typeKey, masked(one, secrets));
  const all = parseItems(typeKey, text);
  return all === undefined ? MASK : formatList(all.map((each) => formatItem(typeKey, masked(each, secrets))));
}

function masked({ name, options }: NamedOptions, secrets: readonly string[]): NamedOptions {
  const shown = [...options].map(([key, value]) => [key, secrets.includes(key) ? MASK : value] as const);
  return { name, options: new Map(shown) };
}

function parseItems(typeKey: string, text: string): readonly NamedOptions[] | undefined {
  const items = parseList(text)?.map((item) => parseItem(typeKey, item));
  return items?.every((item) => item !== undefined) ? items : undefined;
}

function parseItem(typeKey: string, text: string): NamedOptions | undefined {
  let name = "";
  const options = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (let at = 0; at < text.length; at = PAIR.lastIndex) {
    const [, key = "", quoted, plain = ""] = PAIR.exec(text) ?? [];
    const isFirst = at === 0;
    const option = isFirst ? typeKey : key;
    if (key === "" || options.has(option)) return undefined;
    if (isFirst) name = key;
    options.set(option, quoted?.replaceAll('""', '"') ?? plain.trim());
  }
  return options.size === 0 ? undefined : { name, options };
}

function formatItem(typeKey: string, { name, options }: NamedOptions): string {
  const pairs = [...options].map(
    ([key, value]) =>
      `${key === typeKey ? name : key}=${/[",\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value}`,
  );
  return pairs.join(",");
}
