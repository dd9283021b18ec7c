/** @module `tetrad install` and `tetrad uninstall`: puts this executable on the host as a service, and takes it away. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { possibleCapabilities } from "../agent/privileges.ts";
import { type FlagTable, readValues } from "../config/flags.ts";
import { boolean, path } from "../config/kind.ts";
import { applyPlan } from "../install/apply.ts";
import { CONFIG_FILE } from "../install/default-config.ts";
import { describePlan, type InstallFacts, planInstall, planUninstall } from "../install/plan.ts";
import { TetradError } from "../os/error.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNSUPPORTED } from "./exit-code.ts";

/** A program that Bun has compiled lies in this directory of its own. */
const COMPILED_PREFIX = "/$bunfs/";

const DRY_RUN_FLAG = {
  "dry-run": {
    kind: boolean(),
    default: "false",
    description: "Print every step and the text of every file, and change nothing.",
    flagOnly: true,
  },
} as const satisfies FlagTable;

const ROOT_FLAG = {
  root: {
    placeholder: "DIRECTORY",
    kind: path(),
    default: "/",
    description: "Work below this directory, as for an image: no command is run.",
  },
} as const satisfies FlagTable;

const INSTALL_FLAGS = {
  ...DRY_RUN_FLAG,
  start: {
    kind: boolean(),
    default: "false",
    description: "Start the service at once, or restart it.",
    flagOnly: true,
  },
  ...ROOT_FLAG,
  ...HELP_FLAG,
} as const satisfies FlagTable;

const UNINSTALL_FLAGS = {
  ...DRY_RUN_FLAG,
  purge: {
    kind: boolean(),
    default: "false",
    description: "Remove checkpoint and logs too, and the configuration unless it has been changed.",
    flagOnly: true,
  },
  ...ROOT_FLAG,
  ...HELP_FLAG,
} as const satisfies FlagTable;

const EXIT_CODES = {
  [EXIT_OK]: "done, or there was nothing to do",
  [EXIT_FAILED]: "a step failed",
  [EXIT_CONFIG]: "a flag is wrong",
  [EXIT_UNSUPPORTED]: "the right to do it is missing",
} as const;

export const install: Command = {
  flags: INSTALL_FLAGS,
  help: {
    summary: "Install this executable as a service of systemd; --dry-run shows how.",
    details: [
      "Copies it to /usr/local/bin, writes the unit /etc/systemd/system/tetrad.service and, unless it exists, /etc/tetragon/tetragon.yaml, and enables the service.",
    ],
    examples: [
      { does: "See what would be done.", command: ["dist/tetrad install --dry-run"] },
      { does: "Install and start.", command: ["sudo dist/tetrad install --start"] },
    ],
    exitCodes: EXIT_CODES,
  },
  async run({ argv, print }) {
    const { values } = readValues(argv, INSTALL_FLAGS);
    if (!Bun.main.startsWith(COMPILED_PREFIX)) {
      throw new TetradError(
        "failed",
        "Cannot install: tetrad runs from source, needs the compiled executable",
      );
    }
    const plan = planInstall(readFacts(resolve(values.root)), {
      capabilities: possibleCapabilities(),
      start: values.start,
    });
    if (values["dry-run"]) print(describePlan(plan));
    else applyPlan(plan, { report: (line) => print(`${line}\n`) });
    return EXIT_OK;
  },
};

/** What is gone already is not an error. */
export const uninstall: Command = {
  flags: UNINSTALL_FLAGS,
  help: {
    summary: "Stop the service and remove it.",
    details: [
      "Removes the executable and the unit; configuration, checkpoint and logs stay without --purge.",
    ],
    examples: [
      { does: "See what would be done.", command: ["tetrad uninstall --dry-run"] },
      { does: "Remove everything.", command: ["sudo tetrad uninstall --purge"] },
    ],
    exitCodes: EXIT_CODES,
  },
  async run({ argv, print }) {
    const { values } = readValues(argv, UNINSTALL_FLAGS);
    const plan = planUninstall(readFacts(resolve(values.root)), { purge: values.purge });
    if (values["dry-run"]) print(describePlan(plan));
    else applyPlan(plan, { report: (line) => print(`${line}\n`), tolerant: true });
    return EXIT_OK;
  },
};

function readFacts(root: string): InstallFacts {
  const config = join(root, CONFIG_FILE);
  return {
    executable: process.execPath,
    root,
    // sd_booted(3)
    hasSystemd: root === "/" && existsSync("/run/systemd/system"),
    config: existsSync(config) ? readFileSync(config, "utf8") : undefined,
  };
}
