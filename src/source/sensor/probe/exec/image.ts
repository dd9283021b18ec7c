/** @module The image that an exec record shows. */
import { posix } from "node:path";
import { joinPathNames } from "../../../../kernel/program/index.ts";
import { formatArguments } from "../../process/arguments.ts";
import { firstContainerId } from "../../process/container-id.ts";
import { binaryProperties } from "../../process/credentials.ts";
import { FLAG, flagIf } from "../../process/flags.ts";
import { ProcessImage } from "../../process/image.ts";
import type { Metadata } from "../../process/metadata.ts";
import type { ExecView } from "./record.ts";

/** What text begins with belongs to it, also U+FEFF: names of files that differ in it are different names. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What execve(2) names a file that it was given by descriptor alone. */
const DESCRIPTOR_PATH = "/dev/fd/";

/** What the kernel appends to the path of a directory that was removed. */
const DELETED = " (deleted)";

/** How memfd_create(2) names what it makes: files that are in no directory. */
const MEMFD_NAME = "memfd:";

/**
 * Path of the program: as it was named, which for a script is the script; made absolute by the working
 * directory. One that was named by a descriptor is called by its path, if it has one. Of a script that was named
 * so only the path of its interpreter is known, which would mislead.
 */
function binaryOf(record: ExecView, cwd: string): string {
  const filename = decoder.decode(record.filename);
  if (filename.startsWith(DESCRIPTOR_PATH)) {
    if (record.is_interpreted === 1) return filename;
    const path = joinPathNames(record.executable, record.executable_incomplete === 1);
    return path === "/" || path.startsWith(`/${MEMFD_NAME}`) ? filename : path;
  }
  return filename.startsWith("/") || filename === "" ? filename : posix.join(cwd, filename);
}

/** The image that an exec record shows. */
export function imageOfExec(record: ExecView, metadata: Metadata, withCredentials: boolean): ProcessImage {
  const isCwdIncomplete = record.cwd_incomplete === 1;
  const cwd = joinPathNames(record.cwd, isCwdIncomplete);
  const { euid } = record;
  const argumentMemory = record.arguments;
  const argumentsSize = Number(record.arguments_size);
  const binary = binaryOf(record, cwd);
  return new ProcessImage({
    uid: euid,
    cwd: record.cwd_unlinked === 1 ? `${cwd}${DELETED}` : cwd,
    binary,
    arguments: formatArguments(argumentMemory),
    auid: record.auid,
    docker: firstContainerId(decoder.decode(record.cgroup).split("\0")),
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
      environment: () => record.environment,
    }),
    binaryProperties: withCredentials
      ? binaryProperties(record, joinPathNames(record.executable, record.executable_incomplete === 1))
      : undefined,
    flags:
      FLAG.execve |
      flagIf(cwd === "/", FLAG.rootcwd) |
      flagIf(argumentMemory.length > 0 && argumentMemory.length < argumentsSize, FLAG.truncArgs) |
      flagIf(argumentMemory.length === 0 && argumentsSize > 0, FLAG.errorArgs) |
      flagIf(record.environment.length < record.environment_size, FLAG.errorEnvs) |
      flagIf(binary === "", FLAG.errorFilename) |
      flagIf(isCwdIncomplete, FLAG.errorPathResolutionCwd),
  });
}
