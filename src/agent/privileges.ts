/** @module What the agent may still do once it runs: as little as its sources leave possible. */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  CAPABILITY_NAMES,
  type CapabilityName,
  capabilityNames,
  capabilitySet,
  type Privileges,
  readProcessPrivileges,
} from "../os/capability.ts";
import { dropPrivileges, type UserIdentity } from "../os/drop-privileges.ts";
import { TetradError } from "../os/error.ts";

const ALL_CAPABILITIES = capabilitySet(CAPABILITY_NAMES);

/** What a running agent goes on to read and to write by name. */
export interface RunningNeeds {
  /** The sources' names: `sensor`, `stdin`, `file:GLOB`. */
  readonly sources: readonly string[];
  /** Files that are rotated or opened anew: the exported one and the log; `""` for none. */
  readonly written: readonly string[];
  /** Who the agent will be; `undefined` stays who it is. */
  readonly user?: UserIdentity | undefined;
}

/** Whether `uid` may replace the file as its directory's owner; without that it takes a capability. */
function isInDirectoryOf(uid: number | undefined, path: string): boolean {
  try {
    return statSync(dirname(resolve(path))).uid === uid;
  } catch {
    return false;
  }
}

/**
 * The capabilities that a running agent goes on to need, of those that it has:
 * - a followed file may rotate, and the next one belongs to another user;
 * - a written file is replaced in a directory of another user's;
 * - the sensor reads maps by bpf(2), for which kernels before 5.19 may ask CAP_BPF, and /proc of other users' processes.
 *
 * Everything else is open by then.
 */
export function neededCapabilities({ sources, written, user }: RunningNeeds): CapabilityName[] {
  const needed = new Set<CapabilityName>();
  if (sources.some((source) => source.startsWith("file:"))) needed.add("CAP_DAC_READ_SEARCH");
  const uid = user?.uid ?? process.getuid?.();
  if (written.some((path) => path !== "" && !isInDirectoryOf(uid, path))) needed.add("CAP_DAC_OVERRIDE");
  if (sources.includes("sensor")) {
    needed.add("CAP_BPF").add("CAP_SYS_PTRACE").add("CAP_DAC_READ_SEARCH");
  }
  return [...needed];
}

/** What {@link leavePrivileges} is told. */
export interface LeaveSettings extends RunningNeeds {
  readonly log: {
    readonly info: (message: string, fields: object) => void;
    readonly warn: (message: string, fields: object) => void;
  };
}

/**
 * To be called once sensors are loaded and sockets open: drops what is not needed any more, sets `no_new_privs`, changes
 * the user, and logs what is left.
 * @throws TetradError `unsupported` when a user was asked for and privileges cannot be left: the agent must not go on
 * with more than its user allowed. Without one it is a warning.
 */
export function leavePrivileges({ log, ...needs }: LeaveSettings): void {
  const { user } = needs;
  try {
    const left = dropPrivileges({ keep: neededCapabilities(needs), user });
    log.info("Privileges dropped", describePrivileges(left));
  } catch (error) {
    if (user !== undefined || !(error instanceof TetradError)) throw error;
    log.warn(error.message, describePrivileges(readProcessPrivileges()));
  }
}

/** Privileges as words, for the log and for `tetrad doctor`. */
export function describePrivileges(privileges: Privileges): Record<string, string> {
  const names = (set: bigint): string => capabilityNames(set).join(",") || "none";
  return {
    user: privileges.users.join(","),
    group: privileges.groups.join(","),
    capabilities: names(privileges.permitted | privileges.effective),
    bounding: privileges.bounding === ALL_CAPABILITIES ? "all" : names(privileges.bounding),
    no_new_privs: privileges.noNewPrivileges ? "yes" : "no",
  };
}
