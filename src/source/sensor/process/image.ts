/** @module Makes a process's image of what the kernel, or procfs, showed. */
import { posix } from "node:path";
import { joinPathNames } from "../../../kernel/program/index.ts";
import { json } from "../event/json-writer.ts";
import { MAX_ARGUMENTS, MAX_ENVIRONMENT, type RecordViews } from "../probe/index.ts";
import { type ProcfsProcess, readEnvironment, UNSET_UID } from "../procfs/procfs.ts";
import { formatArguments, withoutName } from "./arguments.ts";
import { containerId } from "./container-id.ts";
import { binaryPropertiesJson } from "./credentials.ts";
import { FLAG, flagIf } from "./flags.ts";
import type { MetadataWriter, ProcessMetadata } from "./metadata.ts";
import { readNamespaces } from "./namespaces.ts";

type ExecRecord = RecordViews["exec"];

/**
 * A program as a process runs it, as bytes of JSON: members of a process, each with a comma before it, in groups of
 * those that follow each other. A clone shares its parent's image until it executes one.
 */
export interface ProcessImage {
  /** `uid`, `cwd`, `binary`, `arguments` */
  readonly program: Uint8Array;
  /** `auid`, `docker` */
  readonly login: Uint8Array;
  /** `cap`, `ns` */
  readonly privileges: Uint8Array;
  /** `process_credentials` */
  readonly credentials: Uint8Array;
  /** `binary_properties`, which only the image's own `process_exec` has. */
  readonly binaryProperties: Uint8Array;
  /** `user` */
  readonly user: Uint8Array;
  /** `environment_variables` */
  readonly environment: Uint8Array;
  /** What there is to say of how it became known: a sum of {@link FLAG}. */
  readonly flags: number;
}

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

/** What an image's groups are made of. */
interface ImageFacts extends ProcessMetadata {
  readonly uid: number;
  readonly cwd: string;
  readonly binary: string;
  readonly arguments: string;
  readonly auid: number;
  readonly docker: string;
  /** The member `binary_properties`, or nothing. */
  readonly binaryProperties: string;
  readonly flags: number;
}

const NOTHING = new Uint8Array(0);

function bytesOf(text: string): Uint8Array {
  return text === "" ? NOTHING : json(text);
}

function optional(name: string, value: string): string {
  return value === "" ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function createImage(facts: ImageFacts): ProcessImage {
  const { cwd, binary, docker } = facts;
  return {
    program: json(
      `,"uid":${facts.uid}${optional("cwd", cwd)}${optional("binary", binary)}${optional("arguments", facts.arguments)}`,
    ),
    login: json(`,"auid":${facts.auid}${optional("docker", docker)}`),
    privileges: bytesOf(facts.privileges),
    credentials: bytesOf(facts.credentials),
    binaryProperties: bytesOf(facts.binaryProperties),
    user: bytesOf(facts.user),
    environment: bytesOf(facts.environment),
    flags: facts.flags,
  };
}

/** A program of which nothing is reported but its process. */
function anonymousImage(binary: string): ProcessImage {
  return createImage({
    uid: 0,
    cwd: "",
    binary,
    arguments: "",
    auid: UNSET_UID,
    docker: "",
    privileges: "",
    credentials: "",
    binaryProperties: "",
    user: "",
    environment: "",
    flags: 0,
  });
}

/** The image of a process that nothing is known of. */
export const UNKNOWN_IMAGE: ProcessImage = anonymousImage("");

/** The image of the kernel. */
export const KERNEL_IMAGE: ProcessImage = anonymousImage("<kernel>");

/** The image that an exec record shows. */
export function imageOfExec(
  record: ExecRecord,
  metadata: MetadataWriter,
  withCredentials: boolean,
): ProcessImage {
  const isCwdIncomplete = record.cwd_incomplete === 1;
  const cwd = joinPathNames(record.cwd, isCwdIncomplete);
  const { euid } = record;
  const argumentMemory = record.arguments;
  const argumentsSize = Number(record.arguments_size);
  const binary = binaryOf(record, cwd);
  return createImage({
    uid: euid,
    cwd: record.cwd_unlinked === 1 ? `${cwd}${DELETED}` : cwd,
    binary,
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
    binaryProperties: withCredentials
      ? binaryPropertiesJson(record, joinPathNames(record.executable, record.executable_incomplete === 1))
      : "",
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

/** The image that procfs shows. */
export function imageOfProcfs(process: ProcfsProcess, metadata: MetadataWriter): ProcessImage {
  const { directory, cwd, executable } = process;
  const argumentMemory = withoutName(process.arguments);
  let isEnvironmentCut = false;
  return createImage({
    uid: process.credentials.euid,
    cwd: cwd ?? "",
    binary: executable,
    arguments: formatArguments(argumentMemory.subarray(0, MAX_ARGUMENTS)),
    auid: process.auid,
    docker: dockerOf(process.cgroupNames),
    ...metadata.write({
      euid: process.credentials.euid,
      credentials: () => process.credentials,
      namespaces: () => readNamespaces(directory),
      environment: () => {
        const memory = readEnvironment(directory);
        isEnvironmentCut = memory.length > MAX_ENVIRONMENT;
        return memory.subarray(0, MAX_ENVIRONMENT);
      },
    }),
    binaryProperties: "",
    flags:
      FLAG.procFS |
      flagIf(argumentMemory.length > MAX_ARGUMENTS, FLAG.truncArgs) |
      flagIf(cwd === "/", FLAG.rootcwd) |
      flagIf(cwd === undefined, FLAG.errorCWD) |
      flagIf(executable === "", FLAG.errorFilename) |
      flagIf(isEnvironmentCut, FLAG.errorEnvs),
  });
}
