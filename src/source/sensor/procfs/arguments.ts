/** @module Arguments of a process as procfs shows them. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { withoutPadding } from "../process/arguments.ts";

/**
 * `argv` of a process or thread, each element followed by a NUL, by its directory in procfs.
 * @param stackStart Where its stack began, with the number of its arguments; 0 when procfs does not show that.
 * @throws The system's error when there is no such process any more.
 */
export function readArguments(directory: string, stackStart: bigint): Uint8Array {
  const argv = readFileSync(`${directory}/cmdline`);
  // Few end in an empty one. To ask for the number of all takes a system call more for each.
  if (argv.at(-1) !== 0 || argv.at(-2) !== 0) return argv;
  return withoutPadding(argv, readArgumentCount(directory, stackStart));
}

function readArgumentCount(directory: string, stackStart: bigint): number | undefined {
  if (stackStart === 0n) return undefined;
  try {
    const fd = openSync(`${directory}/mem`, "r");
    try {
      const word = new Int32Array(1);
      return readSync(fd, new Uint8Array(word.buffer), 0, 4, stackStart as never) === 4 ? word[0] : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    // It takes the right to trace the process.
    return undefined;
  }
}
