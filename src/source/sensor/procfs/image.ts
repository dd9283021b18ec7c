/** @module The image that procfs shows of a process. */
import { MAX_ENVIRONMENT } from "../probe/exec/record.ts";
import { formatArguments, withoutName } from "../process/arguments.ts";
import { FLAG, flagIf } from "../process/flags.ts";
import { ProcessImage } from "../process/image.ts";
import type { Metadata } from "../process/metadata.ts";
import { readNamespaces } from "../process/namespaces.ts";
import { type ProcfsProcess, readEnvironment } from "./procfs.ts";

/**
 * The image that procfs shows.
 * @param maxArgumentsSize Bytes of arguments at most.
 */
export function imageOfProcfs(
  process: ProcfsProcess,
  metadata: Metadata,
  maxArgumentsSize: number,
): ProcessImage {
  const { directory, cwd, executable } = process;
  const argumentMemory = withoutName(process.arguments);
  let isEnvironmentCut = false;
  return new ProcessImage({
    uid: process.credentials.euid,
    cwd: cwd ?? "",
    binary: executable,
    filename: "",
    arguments: formatArguments(argumentMemory.subarray(0, maxArgumentsSize)),
    auid: process.auid,
    docker: process.container.id,
    mayBeForged: process.container.mayBeForged,
    ...metadata.of({
      euid: process.credentials.euid,
      credentials: () => process.credentials,
      namespaces: () => readNamespaces(directory),
      environment: () => {
        const memory = readEnvironment(directory);
        isEnvironmentCut = memory.length > MAX_ENVIRONMENT;
        return memory.subarray(0, MAX_ENVIRONMENT);
      },
    }),
    binaryProperties: undefined,
    flags:
      FLAG.procFS |
      flagIf(argumentMemory.length > maxArgumentsSize, FLAG.truncArgs) |
      flagIf(cwd === "/", FLAG.rootcwd) |
      flagIf(cwd === undefined, FLAG.errorCWD) |
      flagIf(executable === "", FLAG.errorFilename) |
      flagIf(isEnvironmentCut, FLAG.errorEnvs),
  });
}
