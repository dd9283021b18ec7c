/** @module `tetrad policy explain`: a policy in plain words. */

import { boolean } from "../../config/kind.ts";
import { listing } from "../../kernel/asm/index.ts";
import { formatFinding } from "../../policy/document/index.ts";
import { explainPolicy, HOST } from "../../policy/explain/index.ts";
import type { Policy } from "../../policy/policy.ts";
import { compileForNobody } from "../../source/sensor/policy/dry-run.ts";
import type { RunningKernel } from "../../source/sensor/policy/kernel.ts";
import { readArguments } from "../api/arguments.ts";
import { type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { checkFile, isMistake } from "./checked-file.ts";
import { BTF_FLAG, openCheckedKernel } from "./kernel.ts";
import { POLICY_ARGUMENT, readPolicyText } from "./source.ts";

const FLAGS = {
  programs: {
    kind: boolean(),
    default: "false",
    description: "Print the programs that would run in the kernel, instruction by instruction, as well.",
  },
  btf: BTF_FLAG,
  ...HELP_FLAG,
};

export const explain: Command = {
  flags: FLAGS,
  args: [POLICY_ARGUMENT],
  help: {
    summary: "Say in plain words what a policy would do. Loads nothing and needs no rights.",
    details: [
      "What would be hooked, which conditions are asked and where they are decided, what the paths of programs are on this host, what is done then, what an event looks like, and what a signal does not stop. What is wrong with the policy is said on standard error.",
    ],
    examples: [
      { does: "Understand a policy before it is loaded.", command: ["tetrad policy explain policy.yaml"] },
      { does: "Understand one that comes with tetrad.", command: ["tetrad policy explain builtin:network"] },
    ],
    exitCodes: {
      [EXIT_OK]: "explained",
      [EXIT_FAILED]: "a policy has errors; those without are explained",
      [EXIT_CONFIG]: "a flag is wrong, or the file cannot be read",
    },
  },
  async run({ argv, print, printError }) {
    const { values, words } = readArguments(argv, FLAGS, [POLICY_ARGUMENT]);
    const source = readPolicyText(words[0]!);
    const kernel = openCheckedKernel(values.btf, printError);
    const { policies, findings } = checkFile(source, kernel);
    for (const finding of findings) printError(`${formatFinding(finding)}\n`);
    const texts = policies.map((policy) => {
      const programs = values.programs && kernel !== undefined ? listPrograms(policy, kernel) : "";
      return explainPolicy(policy, { kernel, host: HOST, canOverride: kernel?.canOverride }) + programs;
    });
    print(texts.join("\n"));
    return findings.some(isMistake) ? EXIT_FAILED : EXIT_OK;
  },
};

function listPrograms(policy: Policy, kernel: RunningKernel): string {
  return compileForNobody(policy, kernel)
    .map((run) => {
      if ("problem" in run) return `\n${run.problem}\n`;
      const { point, name, assembly } = run;
      return `\nProgram ${name} at ${point.key}\n${listing(assembly)}`;
    })
    .join("");
}
