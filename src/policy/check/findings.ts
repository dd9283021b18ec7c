/** @module What is found about hooks of a policy that is already read. */
import type { Findings, Remark } from "../document/finding.ts";
import type { Argument, Hook, HookTarget } from "../policy.ts";

/** Errors of a policy for whose cures the names of the whole kernel are searched. */
const MAX_SEARCHES = 8;

/** The field that says what a hook is on. */
const FIELDS: Readonly<Record<HookTarget["kind"], string>> = {
  function: "call",
  syscall: "call",
  tracepoint: "event",
  uprobe: "path",
  usdt: "path",
  lsm: "hook",
};

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
  hook(
    severity: "error" | "warning",
    { field, ...remark }: Remark & { readonly field?: string },
    kind: "mistake" | "unsupported" = "mistake",
  ): void {
    const { section, index, target, at } = this.#hook;
    const path =
      section === "loader" ? "spec.loader" : `spec.${section}[${index}].${field ?? FIELDS[target.kind]}`;
    this.#findings.add({ severity, kind, at, path, ...remark });
  }

  /** Of one of its arguments. */
  argument(severity: "error" | "warning", argument: Argument, remark: Remark): void {
    this.#findings.add({ severity, at: argument.at, path: argument.path, ...remark });
  }
}
