/** @module The file of a tracing policy, and the mode that a command gives it. */
import { readFileSync } from "node:fs";
import { choice } from "../../config/kind.ts";
import { bareMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { Argument } from "../command.ts";

/** `--mode`. */
export const MODE_FLAG = {
  placeholder: "MODE",
  kind: choice(["", "enforce", "monitor"]),
  default: "",
  shorthand: "m",
  description: "enforce or monitor, whatever the file says. Empty: what it says.",
};

/** The file as an argument. */
export const FILE_ARGUMENT: Argument = {
  placeholder: "YAML_FILE",
  isRequired: true,
  means: "the path of a tracing policy",
  isPath: true,
};

/** The option of a policy (`spec.options`) that sets its mode. */
const MODE_OPTION = "policy-mode";

/**
 * Reads the policy.
 * @param mode `enforce` or `monitor`; empty for that of the file.
 * @throws TetradError for a file that cannot be read, or no YAML that a mode can be set in.
 */
export async function readPolicy(path: string, mode: string): Promise<string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new TetradError("failed", `Cannot read ${JSON.stringify(path)}: ${bareMessage(error)}`, {
      cause: error,
    });
  }
  return mode === "" ? text : withMode(text, { path, mode });
}

async function withMode(
  text: string,
  { path, mode }: { readonly path: string; readonly mode: string },
): Promise<string> {
  const { isMap, isSeq, parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const [problem] = document.errors;
  const refuse = (why: string) =>
    new TetradError("failed", `Cannot set the mode in ${JSON.stringify(path)}: ${why}`);
  if (problem !== undefined) throw refuse(problem.message.split("\n")[0]!.replace(/:$/, ""));
  if (!isMap(document.get("spec"))) throw refuse("found no spec, expected one");
  const option = { name: MODE_OPTION, value: mode };
  const options = document.getIn(["spec", "options"]);
  if (isSeq(options)) {
    const at = options.items.findIndex((item) => isMap(item) && item.get("name") === MODE_OPTION);
    if (at >= 0) options.items.splice(at, 1);
    document.addIn(["spec", "options"], option);
  } else {
    document.setIn(["spec", "options"], document.createNode([option]));
  }
  return document.toString();
}
