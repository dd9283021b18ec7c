/** @module `tetrad probe`: which features of the kernel the sensor finds. */
import { readValues } from "../config/flags.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

export const probe: Command = {
  flags: HELP_FLAG,
  help: {
    summary: "Say which features of the kernel there are, a line each, for scripts.",
    details: [
      "What tetrad doctor finds, without its advice: yes, no, or unknown where nothing could be found out. Run it as root for exact answers.",
    ],
    examples: [{ does: "Ask whether there is a ring buffer.", command: ["sudo tetrad probe | grep ring"] }],
    exitCodes: { [EXIT_OK]: "printed, whatever there is", [EXIT_CONFIG]: "a flag is wrong" },
  },
  async run({ argv, print, printError }) {
    readValues(argv, HELP_FLAG);
    if (process.getuid?.() !== 0) printError("For exact answers, run it as root\n");
    const { diagnose } = await import("./doctor.ts");
    for (const { name, answer } of diagnose({ network: true }).probes) print(`${name}: ${answer}\n`);
    return EXIT_OK;
  },
};
