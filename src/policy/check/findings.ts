/** @module What is found about hooks of a policy that is already read. */
import type { Findings, Remark } from "../document/finding.ts";
import type { Argument, Hook, Position } from "../policy.ts";

/** Errors of a policy for whose cures the names of the whole kernel are searched. */
const MAX_SEARCHES = 8;

/** Says what is wrong with one hook, where it stands in the document. */
export class HookFindings {
  readonly #findings: Findings;
  readonly #hook: Hook;

  constructor(findings: Findings, hook: Hook) {
    this.#findings = findings;
    this.#hook = hook;
  }

  /** Whether a cure is worth a long search: who made many mistakes made one many times. */
  get isSearchWorthwhile(): boolean {
    return this.#findings.errors < MAX_SEARCHES;
  }

  /** Of the hook itself. */
  hook(severity: "error" | "warning", remark: Remark, kind: "mistake" | "unsupported" = "mistake"): void {
    const field = this.#hook.target.kind === "tracepoint" ? ".event" : ".call";
    this.#add(severity, this.#hook.at, field, remark, kind);
  }

  /** Of one of its arguments. */
  argument(severity: "error" | "warning", argument: Argument, remark: Remark): void {
    const { args, data } = this.#hook;
    const position = args.indexOf(argument);
    const path =
      position >= 0
        ? `.args[${position}]`
        : data.includes(argument)
          ? `.data[${data.indexOf(argument)}]`
          : ".returnArg";
    this.#add(severity, argument.at, path, remark, "mistake");
  }

  #add(
    severity: "error" | "warning",
    at: Position,
    path: string,
    remark: Remark,
    kind: "mistake" | "unsupported",
  ): void {
    const { section, index } = this.#hook;
    this.#findings.add({ severity, kind, at, path: `spec.${section}[${index}]${path}`, ...remark });
  }
}
