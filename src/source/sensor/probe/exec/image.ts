/** @module The image that an exec record shows. */

import { joinPathNames, PATH_END } from "../../../../kernel/program/index.ts";
import { decodeText } from "../../../../lib/text/utf8.ts";
import { formatArguments } from "../../process/arguments.ts";
import { containerOf } from "../../process/container-id.ts";
import { binaryProperties } from "../../process/credentials.ts";
import { dataFlags, FLAG, flagIf } from "../../process/flags.ts";
import { ProcessImage } from "../../process/image.ts";
import type { Metadata } from "../../process/metadata.ts";
import type { ExecMemory } from "./long-memory.ts";
import type { ExecView } from "./record.ts";

/** What the kernel appends to the path of a file or directory that was removed. */
const DELETED = " (deleted)";

/** Path of the file that the kernel executed: not the name that it was given, which may be any that leads there. */
function executableOf(record: ExecView, filename: string): string {
  if (record.executable.length === 0) return filename;
  const path = joinPathNames(record.executable, record.executable_end);
  const isGone = record.executable_unlinked === 1 || record.executable_end === PATH_END.alone;
  return isGone ? `${path}${DELETED}` : path;
}

/** Names of cgroups, the outermost first. */
function namesOf(segment: Uint8Array): string[] {
  return decodeText(segment).split("\0").reverse();
}

/**
 * The image that an exec record shows.
 * @param memory Arguments and environment, where the record does not have them as they are to be reported.
 */
export function imageOfExec(
  record: ExecView,
  metadata: Metadata,
  withCredentials: boolean,
  memory?: ExecMemory,
): ProcessImage {
  const argumentMemory = memory?.arguments ?? record.arguments;
  const environment = memory?.environment ?? record.environment;
  const cwd = joinPathNames(record.cwd, record.cwd_end);
  const { euid } = record;
  const argumentsSize = Number(record.arguments_size);
  const container = containerOf([namesOf(record.cgroup), namesOf(record.cgroup_beside)]);
  const filename = decodeText(record.filename);
  const binary = executableOf(record, filename);
  return new ProcessImage({
    uid: euid,
    cwd: record.cwd_unlinked === 1 ? `${cwd}${DELETED}` : cwd,
    binary,
    filename: filename === binary ? "" : filename,
    arguments: formatArguments(argumentMemory),
    auid: record.auid,
    docker: container.id,
    mayBeForged: container.mayBeForged,
    ...metadata.of({
      euid,
      credentials: () => record,
      namespaces: () => [
        record.ns_uts,
        record.ns_ipc,
        record.ns_mnt,
        record.ns_pid_inum,
        record.ns_pid_for_children,
        record.ns_net,
        record.ns_time,
        record.ns_time_for_children,
        record.ns_cgroup,
        record.ns_user,
      ],
      environment: () => environment,
    }),
    binaryProperties: withCredentials
      ? binaryProperties(record, joinPathNames(record.executable, record.executable_end))
      : undefined,
    flags:
      FLAG.execve |
      flagIf(cwd === "/", FLAG.rootcwd) |
      flagIf(argumentMemory.length > 0 && argumentMemory.length < argumentsSize, FLAG.truncArgs) |
      flagIf(argumentMemory.length === 0 && argumentsSize > 0, FLAG.errorArgs) |
      flagIf(environment.length < record.environment_size, FLAG.errorEnvs) |
      flagIf(record.executable_end === PATH_END.incomplete || binary === "", FLAG.errorFilename) |
      flagIf(record.cwd_end === PATH_END.incomplete, FLAG.errorPathResolutionCwd) |
      dataFlags(record.filename.length, argumentsSize),
  });
}
