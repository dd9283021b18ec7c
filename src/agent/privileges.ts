/** @module What the agent may still do once it runs: as little as its sources allow. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ComponentDefinition } from "../component/definition.ts";
import type { UnitCapability } from "../install/unit.ts";
import {
  CAPABILITY_NAMES,
  type CapabilityName,
  capabilityNames,
  capabilitySet,
  type Privileges,
  readProcessPrivileges,
} from "../os/capability.ts";
import { codeOrText, errorMessage } from "../os/caught.ts";
import { dropPrivileges, type UserIdentity } from "../os/drop-privileges.ts";
import { TetradError } from "../os/error.ts";
import { forbiddingParanoia } from "../os/perf-event-rights.ts";
import { refuseSystemCalls } from "../os/seccomp/index.ts";
import { type ComponentUse, writtenBy } from "./component-use.ts";
import { EXPORTERS, PARTS, SERVERS, SOURCES } from "./components.ts";

const ALL_CAPABILITIES = capabilitySet(CAPABILITY_NAMES);

/** The one that a component keeps which uses maps of its own programs. */
const FOR_MAPS: CapabilityName = "CAP_BPF";

/** The one that a component keeps which may load tracing programs. */
const FOR_PROGRAMS: CapabilityName = "CAP_PERFMON";

/** The one that programs on functions and tracepoints take where {@link FOR_PROGRAMS} is not enough. */
const FOR_EVENTS: CapabilityName = "CAP_SYS_ADMIN";

/** What a running agent still does. */
export interface RunningNeeds {
  /** The components that run, with the values that they use. */
  readonly components: readonly Pick<ComponentUse, "definition" | "values">[];
  /** Further files that are opened anew by name: the log; `""` for none. */
  readonly written: readonly string[];
  /** Files that are read because the user said so, a path or glob each. @default unknown */
  readonly reads?: readonly string[] | undefined;
  /** Whether tracing policies may be loaded that the agent did not start with. @default false */
  readonly policiesMayCome?: boolean;
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

/** Whether files and the directories that they rotate in are this user's. Of a glob nobody knows what it will match. */
function areOwn(paths: readonly string[] | undefined, uid: number | undefined): boolean {
  if (paths === undefined || paths.length === 0) return false;
  return paths.every((path) => {
    try {
      return !/[*?[{]/.test(path) && statSync(path).uid === uid && isInDirectoryOf(uid, path);
    } catch {
      return false;
    }
  });
}

/** Files that are opened anew by name, or rotated. */
function writtenPaths({ components, written }: RunningNeeds): string[] {
  return [...components.flatMap((use) => writtenBy(use).map(({ path }) => path)), ...written].filter(
    (path) => path !== "",
  );
}

/**
 * The capabilities that a running agent still needs, of those that it has: those that its components declare, and
 * the one to replace a file in a directory of another user's. Everything else is open by then. With another user to
 * change to that one goes, too: it would give that user every file of the host.
 */
export function neededCapabilities(needs: RunningNeeds): CapabilityName[] {
  const uid = needs.user?.uid ?? process.getuid?.();
  const needed = new Set<CapabilityName>();
  for (const { definition, values } of needs.components) {
    for (const { name, until, when } of definition.capabilities ?? []) {
      const isOver = until === "start" || (until === "policies" && needs.policiesMayCome !== true);
      if (isOver || when?.(values) === false) continue;
      if (name === "CAP_DAC_READ_SEARCH" && "reads" in definition && areOwn(needs.reads, uid)) continue;
      needed.add(name);
    }
  }
  if (needs.user === undefined && writtenPaths(needs).some((path) => !isInDirectoryOf(uid, path)))
    needed.add("CAP_DAC_OVERRIDE");
  return [...needed];
}

/**
 * Whether a process of its own is to open perf events for policies that come later: this one is about to give up the right
 * that the kernel asks for.
 * @param eventsTakeAdmin Whether that is so. @default what this kernel says
 */
export function takesEventOpener(
  needs: RunningNeeds,
  rights: Pick<Privileges, "effective"> = readProcessPrivileges(),
  eventsTakeAdmin: boolean = forbiddingParanoia() !== undefined,
): boolean {
  if (needs.policiesMayCome !== true || !eventsTakeAdmin) return false;
  return (
    (rights.effective & capabilitySet([FOR_EVENTS])) !== 0n &&
    neededCapabilities(needs).includes(FOR_PROGRAMS)
  );
}

/** All that any component may use, whatever the options, and what for: what a service is given. */
export function possibleCapabilities(): UnitCapability[] {
  const definitions: readonly ComponentDefinition[] = [
    ...SOURCES,
    ...EXPORTERS,
    ...SERVERS,
    ...PARTS,
  ] as never;
  const needs = definitions.flatMap(({ capabilities = [] }) =>
    capabilities.filter(({ isOptional }) => isOptional !== true),
  );
  return [...Map.groupBy(needs, ({ name }) => name)].map(([name, uses]) => ({
    name,
    why: [...new Set(uses.map(({ why }) => why))].join("; "),
  }));
}

/** What {@link leavePrivileges} is given. */
export interface LeaveSettings extends RunningNeeds {
  /** Whether system calls that are not needed are refused. @default true */
  readonly filtersCalls?: boolean;
  readonly log: {
    readonly info: (message: string, fields: object) => void;
    readonly warn: (message: string, fields: object) => void;
  };
}

/**
 * To be called once sensors are loaded and sockets open: drops what is not needed any more, sets `no_new_privs`, changes
 * the user, has the kernel refuse system calls that the agent does not make, and logs what is left.
 * @throws TetradError `unsupported` when a user was asked for and privileges cannot be left: the agent must not go on
 * with more than its user allowed. Without one it is a warning.
 */
export function leavePrivileges({ log, filtersCalls = true, ...needs }: LeaveSettings): void {
  const { user } = needs;
  const keep = neededCapabilities(needs);
  let isDropped = true;
  try {
    dropPrivileges({ keep, user });
  } catch (error) {
    if (user !== undefined || !(error instanceof TetradError)) throw error;
    isDropped = false;
    log.warn(error.message, describePrivileges(readProcessPrivileges()));
  }
  try {
    if (filtersCalls)
      refuseSystemCalls({ bpfMaps: keep.includes(FOR_MAPS), bpfPrograms: keep.includes(FOR_PROGRAMS) });
  } catch (error) {
    log.warn("Cannot have the kernel refuse system calls that are not needed", {
      error: errorMessage(error),
    });
  }
  if (isDropped) log.info("Privileges dropped", describePrivileges(readProcessPrivileges()));
  for (const path of writtenPaths(needs)) warnIfFixed(path, log);
}

/** Warns where a file can be written only as long as it stays open: rotation and SIGHUP cannot replace it. */
function warnIfFixed(path: string, log: LeaveSettings["log"]): void {
  try {
    if (!statSync(path).isFile()) return;
    accessSync(path, constants.W_OK);
    accessSync(dirname(resolve(path)), constants.W_OK | constants.X_OK);
  } catch (error) {
    log.warn("Cannot rotate or open anew with the rights that are left: events go to the open file", {
      path,
      error: codeOrText(error),
    });
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
    seccomp: privileges.hasSystemCallFilter ? "filter" : "none",
  };
}
