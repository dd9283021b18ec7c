/** @module `tetrad probe`: which features of the kernel the sensor finds, and how the kernel was built. */
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { readArguments } from "./api/arguments.ts";
import { type Argument, type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const CONFIG = "config";

const WHAT: Argument = { placeholder: "WHAT", isRequired: false, values: () => [CONFIG] };

export const probe: Command = {
  flags: HELP_FLAG,
  args: [WHAT],
  help: {
    summary: "Say which features of the kernel there are, a line each, for scripts.",
    details: [
      "What tetrad doctor finds, without its advice: yes, no, or unknown where nothing could be found out. Run it as root for exact answers.",
      "tetrad probe config prints the options that the kernel was built with, of those that tracing depends on: y, m, or n.",
    ],
    examples: [
      { does: "Ask whether there is a ring buffer.", command: ["sudo tetrad probe | grep ring"] },
      {
        does: "Ask whether policies may override what functions return.",
        command: ["tetrad probe config | grep OVERRIDE"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "printed, whatever there is",
      [EXIT_FAILED]: "the kernel's options are nowhere to be read",
      [EXIT_CONFIG]: "a flag or argument is wrong",
    },
  },
  async run({ argv, print, printError }) {
    const { words } = readArguments(argv, HELP_FLAG, [WHAT]);
    const [what] = words;
    if (what === CONFIG) print(await buildOptions());
    else if (what !== undefined)
      throw new TetradError("config", `Cannot probe ${JSON.stringify(what)}: expected ${CONFIG}, or nothing`);
    else {
      if (process.getuid?.() !== 0) printError("For exact answers, run it as root\n");
      const { diagnose } = await import("./doctor.ts");
      for (const { name, answer } of diagnose({ network: true }).probes) print(`${name}: ${answer}\n`);
    }
    return EXIT_OK;
  },
};

async function buildOptions(): Promise<string> {
  const { readBuildOptions } = await import("../kernel/feature/index.ts");
  try {
    return [...readBuildOptions()].map(([name, value]) => `${name}:${value}\n`).join("");
  } catch (error) {
    throw new TetradError("failed", `Cannot find out how the kernel was built: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
