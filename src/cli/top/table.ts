/** @module Tables of a live view: as wide as the screen, the first column cut where it must be. */
import { printable } from "../../lib/text/printable.ts";

/** Columns of a number and the space before it. */
const NUMBER_COLUMNS = 13;
/** Where less than this is left for names, numbers get no more room than they need. */
const NAME_COLUMNS = 20;

/** A table: titles, then rows of a name and numbers. */
export interface Table {
  readonly titles: readonly [string, ...string[]];
  readonly rows: readonly (readonly [string, ...string[]])[];
}

/** Its lines, none wider than `columns`. The first is the titles. */
export function tableLines({ titles, rows }: Table, columns: number): string[] {
  const all = [titles, ...rows];
  const isTight = columns - (titles.length - 1) * NUMBER_COLUMNS < NAME_COLUMNS;
  const widths = titles
    .slice(1)
    .map((_, at) => (isTight ? 1 + Math.max(...all.map((row) => row[at + 1]!.length)) : NUMBER_COLUMNS));
  const width = Math.max(8, columns - widths.reduce((sum, each) => sum + each, 0));
  return all.map(([name, ...cells]) => {
    const shown = cut(printable(name), width);
    const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
    const line = `${shown}${padding}${cells.map((cell, at) => cell.padStart(widths[at]!)).join("")}`;
    return cut(line, columns);
  });
}

/** The end of a text is what tells paths apart. */
function cut(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  const characters = [...text];
  while (Bun.stringWidth(characters.join("")) > columns - 1) characters.shift();
  return `…${characters.join("")}`;
}

/** A rate: one digit after the point below a hundred, thousands as `k`. */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "-";
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)}M`;
  if (perSecond >= 1e4) return `${(perSecond / 1e3).toFixed(1)}k`;
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}
