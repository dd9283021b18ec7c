/**
 * @module Lists in one text, as pflag's string slices take them: items between commas, an item with a comma in
 * double quotes, a quote inside quotes doubled. White space around an item does not count and a line break
 * separates like a comma, so that a drop-in file may hold one item a line.
 */

const QUOTED = /\s*"((?:[^"]|"")*)"[ \t\r]*/y;
const PLAIN = /[^,\n]*/y;

/** The items of `text`, empty ones left out, or `undefined` when a quote is not closed or stands inside an item. */
export function parseList(text: string): string[] | undefined {
  const items: string[] = [];
  let at = 0;
  while (at < text.length) {
    QUOTED.lastIndex = at;
    PLAIN.lastIndex = at;
    const quoted = QUOTED.exec(text);
    const item =
      quoted === null ? (PLAIN.exec(text)?.[0] ?? "").trim() : (quoted[1] ?? "").replaceAll('""', '"');
    if (quoted === null && item.includes('"')) return undefined;
    if (item !== "") items.push(item);
    at = quoted === null ? PLAIN.lastIndex : QUOTED.lastIndex;
    if (at < text.length && text[at] !== "," && text[at] !== "\n") return undefined;
    at++;
  }
  return items;
}

/** One text that {@link parseList} splits into `items` again; empty items do not survive. */
export function formatList(items: readonly string[]): string {
  return items
    .map((item) => (/[",\n]|^\s|\s$/.test(item) ? `"${item.replaceAll('"', '""')}"` : item))
    .join(",");
}
