/** @module The kernel that a command checks policies against. */
import { text } from "../../config/kind.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { RunningKernel } from "../../source/sensor/policy/kernel.ts";

/** `--btf` */
export const BTF_FLAG = {
  placeholder: "FILE",
  kind: text(),
  default: "",
  description: "Check against the kernel with these types (BTF) instead of the running one.",
};

/**
 * Opens the kernel's types.
 * @returns `undefined` where the running kernel shows none, which is said: then only the text is checked.
 * @throws TetradError `config` when the file that was named cannot be read.
 */
export function openCheckedKernel(path: string, say: (line: string) => void): RunningKernel | undefined {
  try {
    const kernel = new RunningKernel(path, path === "");
    kernel.looksForTwins = true;
    return kernel;
  } catch (cause) {
    if (path !== "") throw new TetradError("config", errorMessage(cause), { cause });
    say(`Only the text is checked, not what this kernel has: ${errorMessage(cause)}\n`);
    return undefined;
  }
}
