/** @module Tables of text. */

/** A table: its header and its rows, as many cells each. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns from this one on are aligned to the right. @default all but the first to the right */
  readonly left?: readonly number[];
}

/** The table with columns as wide as they must be: Markdown, or for a terminal. */
export function renderTable({ header, rows, left = [0] }: Table, isMarkdown: boolean): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]!.length)),
  );
  const align = (row: readonly string[]) =>
    row.map((cell, column) =>
      left.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
  if (!isMarkdown) return [header, ...rows].map((row) => align(row).join("  ").trimEnd()).join("\n");
  const rule = widths.map((width, column) =>
    left.includes(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [align(header), rule, ...rows.map(align)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
