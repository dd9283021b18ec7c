/** @module `tetrad policy check`: what is wrong with policies, before anything is loaded. */

import { readValues } from "../../config/flags.ts";
import { boolean } from "../../config/kind.ts";
import { TetradError } from "../../os/error.ts";
import { type Finding, formatFinding } from "../../policy/document/index.ts";
import { type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNSUPPORTED } from "../exit-code.ts";
import { type CheckedFile, checkFile, isMistake } from "./checked-file.ts";
import { BTF_FLAG, openCheckedKernel } from "./kernel.ts";
import { POLICY_ARGUMENT, readPolicyText } from "./source.ts";

const FLAGS = {
  btf: BTF_FLAG,
  "text-only": {
    kind: boolean(),
    default: "false",
    description: "Check against no kernel: whether functions and types fit is left open.",
  },
  json: { kind: boolean(), default: "false", description: "Print all that was found as JSON, for machines." },
  ...HELP_FLAG,
};

export const check: Command = {
  flags: FLAGS,
  args: [{ ...POLICY_ARGUMENT, placeholder: "FILE..." }],
  help: {
    summary: "Say what is wrong with policies, with place and cure. Loads nothing and needs no rights.",
    details: [
      "All findings come at once, as FILE:LINE:COLUMN. An error keeps a policy from being loaded; a warning says what will be understood, or can never match. What this version cannot do is a note. FILE may be - for standard input, or builtin:NAME.",
      "Functions, prototypes, ways through structs and fields of tracepoints are those of the running kernel, or of --btf. Fields of tracepoints can only be read by root.",
    ],
    examples: [
      { does: "Check policies before they are loaded.", command: ["tetrad policy check policies/*.yaml"] },
      {
        does: "Check for another kernel: its /sys/kernel/btf/vmlinux.",
        command: ["tetrad policy check --btf=vmlinux-6.1 policy.yaml"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "nothing is wrong, warnings apart",
      [EXIT_FAILED]: "a policy has errors",
      [EXIT_CONFIG]: "a flag is wrong, or a file cannot be read",
      [EXIT_UNSUPPORTED]:
        "nothing is wrong, but a policy cannot be loaded by this version, or on the running kernel",
    },
  },
  async run({ argv, print, printError }) {
    const { values, words } = readValues(argv, FLAGS, Number.POSITIVE_INFINITY);
    if (words.length === 0)
      throw new TetradError("config", `Cannot check: found no FILE, expected ${POLICY_ARGUMENT.means}`);
    if (values["text-only"] && values.btf !== "")
      throw new TetradError("config", "Cannot check: found --text-only and --btf, expected one of them");
    const texts = words.map(readPolicyText);
    const kernel = values["text-only"] ? undefined : openCheckedKernel(values.btf, printError);
    const checked = texts.map((source) => checkFile(source, kernel));
    print(values.json ? asJson(checked, kernel !== undefined) : checked.map(asText).join(""));
    return exitCodeFor(checked.flatMap(({ findings }) => findings));
  },
};

function exitCodeFor(findings: readonly Finding[]): number {
  if (findings.some(isMistake)) return EXIT_FAILED;
  return findings.some(({ kind }) => kind === "unsupported") ? EXIT_UNSUPPORTED : EXIT_OK;
}

function asText({ file, findings, policies, open }: CheckedFile): string {
  const lines = findings.map((finding) => formatFinding(finding));
  if (findings.every(({ severity }) => severity === "warning")) {
    const named = (some: typeof policies) => some.map(({ name }) => name).join(", ");
    const idle = policies.filter(({ hooks }) => hooks.length === 0);
    const hooking = policies.filter(({ hooks }) => hooks.length > 0);
    const isSeen = findings.every(({ kind }) => kind !== "unseen");
    const verdict = isSeen ? "no errors" : "no errors, as far as can be seen here";
    if (hooking.length > 0) lines.push(`${file}: ${named(hooking)}: ${verdict}`);
    if (idle.length > 0) lines.push(`${file}: ${named(idle)}: no errors, and no hooks: it does nothing`);
    if (open.length > 0) {
      lines.push(`${file}: ${open.join(", ")}: no errors, as far as can be seen without asking the kernel`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

function asJson(checked: readonly CheckedFile[], isCheckedAgainstKernel: boolean): string {
  const files = checked.map(({ file, policies, open, findings }) => ({
    file,
    policies: policies.map(({ name, namespace }) => ({ name, namespace })),
    open,
    findings: findings.map(({ at, ...finding }) => ({ ...finding, ...at })),
  }));
  return `${JSON.stringify({ isCheckedAgainstKernel, files }, null, 2)}\n`;
}
