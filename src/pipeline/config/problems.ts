/** @module Collects what is wrong with the filter options, each problem with a caret at its place. */
import { TetradError } from "../../os/error.ts";

/** Columns of the option's text that are shown around a place. */
const EXCERPT_BEFORE = 60;
const EXCERPT_AFTER = 40;

/** Problems of the filter options, in the order in which they were found. */
export class Problems {
  readonly #list: string[] = [];

  /** Adds a problem that has no place in a text. */
  add(message: string): void {
    this.#list.push(message);
  }

  /** Adds a problem at `offset` of `text`. */
  addAt(message: string, text: string, offset: number): void {
    this.#list.push(`${message}\n${excerpt(text, offset)}`);
  }

  /** @throws TetradError with all problems, if there are any. */
  throwIfAny(): void {
    if (this.#list.length > 0) throw new TetradError("config", this.#list.join("\n"));
  }
}

/** The line around `offset`, and below it a caret. */
export function excerpt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const newline = text.indexOf("\n", offset);
  const lineEnd = newline === -1 ? text.length : newline;
  const start = Math.max(lineStart, offset - EXCERPT_BEFORE);
  const end = Math.min(lineEnd, offset + EXCERPT_AFTER);
  const head = start > lineStart ? "..." : "";
  const tail = end < lineEnd ? "..." : "";
  // One column for one character: a tab or another control character would move the caret.
  const line = text.slice(start, end).replace(/\p{Cc}/gu, " ");
  return `  ${head}${line}${tail}\n  ${" ".repeat(head.length + offset - start)}^`;
}

/** Where values of one option are read from, and where problems go. */
export class FilterText {
  /** As the user knows it: `--export-allowlist`. */
  readonly option: string;
  readonly text: string;
  readonly #problems: Problems;

  constructor(option: string, text: string, problems: Problems) {
    this.option = option;
    this.text = text;
    this.#problems = problems;
  }

  /** Adds a problem of filter `number`, counted from 1, at `offset`; `key` is the path inside the filter. */
  report(problem: { number: number; key?: string; offset: number; message: string }): void {
    const key = problem.key === undefined ? "" : `, key "${problem.key}"`;
    this.#problems.addAt(
      `Cannot use ${this.option}, filter ${problem.number}${key}: ${problem.message}`,
      this.text,
      problem.offset,
    );
  }
}
