/** @module How help texts are laid out: width, line breaks, headings. */
import { styleText } from "node:util";

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 100;

/** How wide the text is on a terminal of so many columns. */
export function helpWidth(columns: number): number {
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns));
}

/** How a text is shown. */
export interface Layout {
  /** Columns that lines keep to, but for words and examples that cannot be broken. */
  readonly width: number;
  readonly heading: (text: string) => string;
  /** A flag, a command: what is typed. */
  readonly typed: (text: string) => string;
}

/** @param columns of the terminal. */
export function createLayout({ columns, colors }: { columns: number; colors: boolean }): Layout {
  const style = (format: "bold" | "cyan") => (text: string) =>
    colors ? styleText(format, text, { validateStream: false }) : text;
  return { width: helpWidth(columns), heading: style("bold"), typed: style("cyan") };
}

/** `text` broken at spaces into lines of at most `width` columns; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Every line moved to the right. */
export function indent(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => " ".repeat(columns) + line);
}

/** Two columns: a term, which no line break may enter, and what it means. */
export function definition(
  term: string,
  meaning: string,
  { column, layout }: { readonly column: number; readonly layout: Layout },
): string[] {
  const [first = "", ...rest] = wrap(meaning, layout.width - column);
  const padding = " ".repeat(Math.max(1, column - 2 - term.length));
  return [`  ${layout.typed(term)}${padding}${first}`, ...indent(rest, column)];
}
