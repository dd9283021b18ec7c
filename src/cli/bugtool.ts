/** @module `tetrad bugtool`: an archive for a report. */
import { rmSync, writeFileSync } from "node:fs";
import { readValues } from "../config/flags.ts";
import { path } from "../config/kind.ts";
import { bareMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { API_FLAGS } from "./api/flags.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "./exit-code.ts";

const FLAGS = {
  out: {
    placeholder: "PATH",
    kind: path(),
    default: "tetrad-bugtool.tar.gz",
    shorthand: "o",
    description: "The archive that is written. Only its owner may read it.",
  },
  ...API_FLAGS,
  ...HELP_FLAG,
};

export const bugtool: Command = {
  flags: FLAGS,
  help: {
    summary: "Put what a maintainer needs for a report into an archive, secrets left out.",
    details: [
      "Version, kernel, what the sensor finds, options of this host and of the running agent, its health, policies, limits and the end of its log. What looks like a secret (passwords, tokens, keys, users in URLs) is masked; command lines, environments and events are not in it, but for what a log quotes. Look through it before you pass it on. What could not be had is in problems.txt.",
    ],
    examples: [
      {
        does: "Make one, and see what is in it.",
        command: ["sudo tetrad bugtool && tar -tzf tetrad-bugtool.tar.gz"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "written",
      [EXIT_FAILED]: "the archive could not be written",
      [EXIT_CONFIG]: "a flag is wrong",
    },
  },
  async run({ argv, env, print, printError }) {
    const { values } = readValues(argv, FLAGS);
    const { gather } = await import("./bugtool/gather.ts");
    const files = await gather({ values, env, printError });
    const names = [...files].map(([name, text]) => [`tetrad-bugtool/${name}`, text]);
    const archive = new Bun.Archive(Object.fromEntries(names), { compress: "gzip" });
    try {
      // A new file: an old one may be readable for others, or a link.
      rmSync(values.out, { force: true });
      writeFileSync(values.out, await archive.bytes(), { mode: 0o600, flag: "wx" });
    } catch (error) {
      throw new TetradError("failed", `Cannot write ${JSON.stringify(values.out)}: ${bareMessage(error)}`, {
        cause: error,
      });
    }
    print(`${values.out}: ${files.size} files\n`);
    return EXIT_OK;
  },
};
