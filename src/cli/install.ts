/** @module `tetrad install` and `tetrad uninstall`: puts this executable on the host as a service, and takes it away. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { applyPlan } from "../install/apply.ts";
import { CONFIG_FILE } from "../install/default-config.ts";
import { describePlan, type InstallFacts, planInstall, planUninstall } from "../install/plan.ts";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import type { Command } from "./context.ts";
import { EXIT_OK } from "./exit-code.ts";

const INSTALL_HELP = `tetrad install: copy this executable to /usr/local/bin and run it as a service of systemd

Usage: tetrad install [--dry-run] [--start] [--root=DIRECTORY]

  --dry-run
      Print every step and the text of every file, and change nothing.
  --start
      Start the service at once, or restart it.
  --root=DIRECTORY
      Install below this directory, as for an image: no command is run.

Writes /etc/tetragon/tetragon.yaml unless it is there, and the unit /etc/systemd/system/tetrad.service, and enables it.
`;

const UNINSTALL_HELP = `tetrad uninstall: stop the service and remove the executable and the unit

Usage: tetrad uninstall [--dry-run] [--purge] [--root=DIRECTORY]

  --dry-run
      Print every step, and change nothing.
  --purge
      Remove checkpoint and logs, too, and the configuration unless it has been changed.
  --root=DIRECTORY
      Uninstall below this directory: no command is run.
`;

/** A program that Bun has compiled lies in this directory of its own. */
const COMPILED_PREFIX = "/$bunfs/";

/** Installs. Exit 3 where it lacks the right to. */
export const runInstall: Command = async ({ argv, print }) => {
  const flags = readFlags("install", argv, ["start"]);
  if (flags.has("help")) {
    print(INSTALL_HELP);
    return EXIT_OK;
  }
  if (!Bun.main.startsWith(COMPILED_PREFIX)) {
    throw new TetradError("failed", "Cannot install: tetrad runs from source, needs the compiled executable");
  }
  const facts = readFacts(flags.root);
  const plan = planInstall(facts, { start: flags.has("start") });
  if (flags.has("dry-run")) print(describePlan(plan));
  else applyPlan(plan, { report: (line) => print(`${line}\n`) });
  return EXIT_OK;
};

/** Uninstalls. What is gone already is no error. */
export const runUninstall: Command = async ({ argv, print }) => {
  const flags = readFlags("uninstall", argv, ["purge"]);
  if (flags.has("help")) {
    print(UNINSTALL_HELP);
    return EXIT_OK;
  }
  const plan = planUninstall(readFacts(flags.root), { purge: flags.has("purge") });
  if (flags.has("dry-run")) print(describePlan(plan));
  else applyPlan(plan, { report: (line) => print(`${line}\n`), tolerant: true });
  return EXIT_OK;
};

interface Flags {
  readonly root: string;
  readonly has: (flag: string) => boolean;
}

function readFlags(command: string, argv: readonly string[], own: readonly string[]): Flags {
  const booleans = ["dry-run", "help", ...own];
  const options = Object.fromEntries(booleans.map((name) => [name, { type: "boolean" } as const]));
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: "boolean", short: "h" }, root: { type: "string", default: "/" } },
    });
    const given = values as Record<string, string | boolean | undefined>;
    return { root: resolve(String(given.root)), has: (flag) => given[flag] === true };
  } catch (error) {
    const reason = errorMessage(error);
    throw new TetradError(
      "config",
      `Cannot ${command}: ${reason}; known flags are --root and --${booleans.join(", --")}`,
      {
        cause: error,
      },
    );
  }
}

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
