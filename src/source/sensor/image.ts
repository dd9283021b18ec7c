/** @module Makes a process's image of what the kernel, or procfs, showed. */
import { posix } from "node:path";
import { joinPathNames } from "../../kernel/program/index.ts";
import { MAX_ARGUMENTS, MAX_ENVIRONMENT, type RecordViews } from "../../kernel/sensor/index.ts";
import { formatArguments } from "./arguments.ts";
import { containerId } from "./container-id.ts";
import { binaryPropertiesJson } from "./credentials.ts";
import type { ProcessFlag } from "./flags.ts";
import type { MetadataWriter } from "./metadata.ts";
import { readNamespaces } from "./namespaces.ts";
import type { ProcessImage } from "./process.ts";
import { type ProcfsProcess, readEnvironment } from "./procfs.ts";

type ExecRecord = RecordViews["exec"];

/** An image and what its event says beside it. */
export interface ImageOfExec {
  readonly image: ProcessImage;
  readonly flags: Partial<Record<ProcessFlag, boolean>>;
  /** Members that only the `process_exec` has. */
  readonly binaryProperties: string;
}

const decoder = new TextDecoder();

/** What execve(2) names a file that it was given by descriptor alone. */
const DESCRIPTOR_PATH = "/dev/fd/";

/** How memfd_create(2) names what it makes: files that are in no directory. */
const MEMFD_NAME = "memfd:";

/**
 * Path of the program: as it was named, which for a script is the script; made absolute by the working
 * directory. One that was named by a descriptor is called by its path, if it has one. Of a script that was named
 * so only the path of its interpreter is known, which would mislead.
 */
function binaryOf(record: ExecRecord, cwd: string): string {
  const filename = decoder.decode(record.filename);
  if (filename.startsWith(DESCRIPTOR_PATH)) {
    if (record.is_interpreted === 1) return filename;
    const path = joinPathNames(record.executable, record.executable_incomplete === 1);
    return path === "/" || path.startsWith(`/${MEMFD_NAME}`) ? filename : path;
  }
  return filename.startsWith("/") || filename === "" ? filename : posix.join(cwd, filename);
}

/** The first container id among the names of a process's cgroup and the one around it. */
function dockerOf(names: Iterable<string>): string {
  for (const name of names) {
    const id = containerId(name);
    if (id !== "") return id;
  }
  return "";
}

/** The image that an exec record shows. */
export function imageOfExec(
  record: ExecRecord,
  metadata: MetadataWriter,
  withCredentials: boolean,
): ImageOfExec {
  const isCwdIncomplete = record.cwd_incomplete === 1;
  const cwd = joinPathNames(record.cwd, isCwdIncomplete);
  const { euid } = record;
  const argumentMemory = record.arguments;
  const argumentsSize = Number(record.arguments_size);
  const image: ProcessImage = {
    uid: euid,
    cwd,
    binary: binaryOf(record, cwd),
    arguments: formatArguments(argumentMemory),
    auid: record.auid,
    docker: dockerOf(decoder.decode(record.cgroup).split("\0")),
    ...metadata.write({
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
  };
  return {
    image,
    flags: {
      execve: true,
      rootcwd: cwd === "/",
      truncArgs: argumentMemory.length > 0 && argumentMemory.length < argumentsSize,
      errorArgs: argumentMemory.length === 0 && argumentsSize > 0,
      errorFilename: image.binary === "",
      errorPathResolutionCwd: isCwdIncomplete,
    },
    binaryProperties: withCredentials
      ? binaryPropertiesJson(record, joinPathNames(record.executable, record.executable_incomplete === 1))
      : "",
  };
}

/** The image that procfs shows. */
export function imageOfProcfs(
  process: ProcfsProcess,
  metadata: MetadataWriter,
  procfs: string,
): { readonly image: ProcessImage; readonly flags: Partial<Record<ProcessFlag, boolean>> } {
  const { pid, cwd } = process;
  const isTruncated = process.arguments.length > MAX_ARGUMENTS;
  return {
    image: {
      uid: process.credentials.euid,
      cwd: cwd ?? "",
      binary: process.executable,
      arguments: formatArguments(process.arguments.subarray(0, MAX_ARGUMENTS)),
      auid: process.auid,
      docker: dockerOf(process.cgroupNames),
      ...metadata.write({
        euid: process.credentials.euid,
        credentials: () => process.credentials,
        namespaces: () => readNamespaces(procfs, pid),
        environment: () => readEnvironment(procfs, pid).subarray(0, MAX_ENVIRONMENT),
      }),
    },
    flags: { procFS: true, truncArgs: isTruncated, rootcwd: cwd === "/", errorCWD: cwd === undefined },
  };
}
