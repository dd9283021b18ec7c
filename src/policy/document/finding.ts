/** @module What is found in a document, and how it is said. */
import { printable } from "../../lib/text/printable.ts";
import type { Position } from "../policy.ts";

/** Something that the author of a document should know. */
export interface Finding {
  /** `error`: the policy is not loaded. */
  readonly severity: "error" | "warning";
  /**
   * `unsupported`: nothing is wrong with it, but this version of the agent, or the running kernel, cannot do it. `unseen`: whether the
   * kernel can is not to be seen here.
   */
  readonly kind: "mistake" | "unsupported" | "unseen";
  /** As it was named to the reader. */
  readonly file: string;
  readonly at: Position;
  /** `spec.kprobes[0].selectors[1].matchArgs[0].operator`; empty for the whole document. */
  readonly path: string;
  /** To follow "found". */
  readonly found: string;
  /** To follow "expected"; empty where only the cure says something. */
  readonly expected: string;
  /** What to write instead; empty where that is said by what is expected. */
  readonly cure: string;
}

/** What is said of a place, by whom knows the place already. */
export interface Remark {
  readonly found: string;
  readonly expected?: string;
  readonly cure?: string;
}

/** `file:line:column: error: spec.kprobes[0].call: found "x", expected y: do z` */
export function formatFinding(finding: Finding): string {
  const { file, at } = finding;
  return `${printable(file)}:${at.line}:${at.column}: ${whatIsSaid(finding)}`;
}

/** The same of what has no lines for its author. */
export function formatObjectFinding(finding: Finding): string {
  return `${printable(finding.file)}: ${whatIsSaid(finding)}`;
}

function whatIsSaid({ severity, kind, path, found, expected, cure }: Finding): string {
  const word = kind === "unsupported" ? kind : severity;
  const what = `found ${found}${expected === "" ? "" : `, expected ${expected}`}`;
  return `${word}: ${printable(`${path === "" ? "" : `${path}: `}${what}${cure === "" ? "" : `: ${cure}`}`)}`;
}

/** Most of one document that are kept: who made hundreds of mistakes made one many times. */
const MAX_FINDINGS = 200;

/** Collects what is found in a file. */
export class Findings {
  readonly #file: string;
  readonly #all: Finding[] = [];
  #errors = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(finding: Omit<Finding, "file" | "expected" | "cure" | "kind"> & Partial<Finding>): void {
    if (finding.severity === "error") this.#errors++;
    if (this.#all.length >= MAX_FINDINGS && finding.severity === "warning") return;
    this.#all.push({ kind: "mistake", expected: "", cure: "", ...finding, file: this.#file });
  }

  /** How many errors there are so far. */
  get errors(): number {
    return this.#errors;
  }

  /** Whether there are so many errors that no more are said. */
  get isFull(): boolean {
    return this.#errors >= MAX_FINDINGS;
  }

  /** In the order of the text. */
  sorted(): Finding[] {
    return [...this.#all]
      .sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
      .slice(0, MAX_FINDINGS);
  }
}

const MAX_QUOTED = 80;

/** Text of a document, quoted for a message of one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text);
}

/** `a, b or c` */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
