/** @module How `tetrad doctor` shows what it has found. */
import { styleText } from "node:util";
import { indent, wrap } from "../help/layout.ts";

/** One thing that was looked at. */
export interface ShownFinding {
  readonly name: string;
  readonly answer: "yes" | "no" | "unknown";
  readonly found: string;
  /** What to do where the answer is no. */
  readonly advice?: string | undefined;
}

const MARKS = { yes: "ok", no: "NO", unknown: "??" } as const;
const COLORS = { yes: "green", no: "red", unknown: "yellow" } as const;
/** Columns of a mark and the space after it. */
const MARK_COLUMNS = 4;

/**
 * A line for each, and what to do below it, each advice once.
 * @param style `columns`: of the screen; infinite where there is none, so that each finding stays one line.
 */
export function renderFindings(
  findings: readonly ShownFinding[],
  { columns, colors }: { readonly columns: number; readonly colors: boolean },
): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const start = MARK_COLUMNS + width + 2;
  const given = new Set<string>();
  const lines = findings.flatMap(({ name, answer, found, advice }) => {
    const mark = colors ? styleText(COLORS[answer], MARKS[answer], { validateStream: false }) : MARKS[answer];
    const isNew = answer === "no" && advice !== undefined && !given.has(advice);
    if (isNew) given.add(advice);
    const texts = isNew ? [found, advice] : [found];
    const [first = "", ...rest] = texts.flatMap((text) => wrap(text, columns - start));
    return [`${mark}  ${name.padEnd(width)}  ${first}`, ...indent(rest, start)];
  });
  return `${lines.join("\n")}\n`;
}
