/** @module `tetrad policy explain`: a policy in plain words. */

import { checkPolicies } from "../../policy/check/index.ts";
import { formatFinding, readPolicies } from "../../policy/document/index.ts";
import { explainPolicy, HOST } from "../../policy/explain/index.ts";
import { readArguments } from "../api/arguments.ts";
import { type Command, HELP_FLAG } from "../command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { isMistake } from "./check.ts";
import { BTF_FLAG, openCheckedKernel } from "./kernel.ts";
import { POLICY_ARGUMENT, readPolicyText } from "./source.ts";

const FLAGS = { btf: BTF_FLAG, ...HELP_FLAG };

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
    const { file, text } = await readPolicyText(words[0]!);
    const kernel = openCheckedKernel(values.btf, printError);
    const { policies, findings } =
      kernel === undefined ? readPolicies(text, { file }) : checkPolicies(text, { file, kernel });
    for (const finding of findings) printError(`${formatFinding(finding)}\n`);
    print(policies.map((policy) => explainPolicy(policy, { kernel, host: HOST })).join("\n"));
    return findings.some(isMistake) ? EXIT_FAILED : EXIT_OK;
  },
};
