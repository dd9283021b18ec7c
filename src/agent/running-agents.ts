/** @module The agents that run on this host and what each may still do, for `tetrad doctor`. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { readProcessPrivileges } from "../os/capability.ts";
import { describePrivileges } from "./privileges.ts";

/** A running agent. */
export interface RunningAgent {
  readonly pid: number;
  /** As {@link describePrivileges} has it. */
  readonly privileges: Readonly<Record<string, string>>;
}

/** What the kernel appends to the path of an executable that has been replaced. */
const DELETED = " (deleted)";

/**
 * Looks for processes that run an executable of this one's name as an agent. Those of other users are seen by root, or
 * with CAP_SYS_PTRACE.
 * @param name The executable's name. @default that of the running executable
 */
export function findRunningAgents(name: string = basename(process.execPath)): RunningAgent[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  return pids.flatMap((entry) => {
    try {
      const executable = readlinkSync(`/proc/${entry}/exe`);
      const path = executable.endsWith(DELETED) ? executable.slice(0, -DELETED.length) : executable;
      if (basename(path) !== name || !isAgent(readFileSync(`/proc/${entry}/cmdline`, "utf8"))) return [];
      const pid = Number(entry);
      return [{ pid, privileges: describePrivileges(readProcessPrivileges(pid)) }];
    } catch {
      // Gone meanwhile, or not ours to look at.
      return [];
    }
  });
}

/** `run` is the default command: no word, or a flag, in its place. */
function isAgent(commandLine: string): boolean {
  const [, command = ""] = commandLine.split("\0");
  return command === "" || command === "run" || command.startsWith("-");
}

/** One line an agent; what to say when there is none, too. Ends with a newline. */
export function reportRunningAgents(agents: readonly RunningAgent[]): string {
  if (agents.length === 0) return "No agent runs here that this user may see.\n";
  return agents
    .map(({ pid, privileges }) => {
      const words = Object.entries(privileges).map(([key, value]) => `${key} ${value}`);
      return `Agent ${pid} may: ${words.join("; ")}\n`;
    })
    .join("");
}
