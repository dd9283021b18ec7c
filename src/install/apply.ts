/** @module Carries out a plan. */

import {
  closeSync,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { type Action, describeAction } from "./plan.ts";

/** How a plan is carried out. */
export interface ApplySettings {
  /** Takes one line a step that is done. */
  readonly report: (line: string) => void;
  /** Whether a command that fails is reported and passed over. @default false */
  readonly tolerant?: boolean;
}

/**
 * Does each step in turn.
 * @throws TetradError at the first that fails; those before it stay done.
 */
export function applyPlan(actions: readonly Action[], { report, tolerant = false }: ApplySettings): void {
  for (const action of actions) {
    const failure = attempt(action);
    if (failure === undefined) {
      report(describeAction(action));
    } else if (tolerant && action.type === "run") {
      report(`failed  ${action.command.join(" ")}: ${failure}`);
    } else {
      const denied = /^(EACCES|EPERM|EROFS)/.test(failure);
      const needsRoot = denied && !failure.startsWith("EROFS") && process.geteuid!() !== 0;
      throw new TetradError(
        denied ? "unsupported" : "failed",
        `Cannot ${describeAction(action).replace(/ +/, " ")}: ${failure}${needsRoot ? ", needs root" : ""}`,
      );
    }
  }
}

/** @returns What went wrong, or `undefined`. */
function attempt(action: Action): string | undefined {
  try {
    switch (action.type) {
      case "keep":
        return undefined;
      case "remove":
        rmSync(action.path, { recursive: true, force: true });
        return undefined;
      case "run":
        return runCommand(action.command);
      case "write":
      case "copy":
        replaceFile(action);
        return undefined;
    }
  } catch (error) {
    return errorMessage(error);
  }
}

/** Through a temporary file, so that nobody ever sees half a file and a running executable can be replaced. */
function replaceFile(action: Extract<Action, { type: "write" | "copy" }>): void {
  mkdirSync(dirname(action.path), { recursive: true, mode: 0o755 });
  const temporary = `${action.path}.tetrad-install`;
  try {
    if (action.type === "copy") copyFileSync(action.from, temporary);
    const fd = openSync(temporary, action.type === "copy" ? "r+" : "w");
    try {
      if (action.type === "write") writeSync(fd, action.text);
      fchmodSync(fd, action.mode);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, action.path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function runCommand(command: readonly string[]): string | undefined {
  const ended = Bun.spawnSync([...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  if (ended.exitCode === 0) return undefined;
  return ended.stderr.toString().trim().split("\n").at(-1) || `exit code ${ended.exitCode}`;
}
