/** @module What the process was started with as standard input, output and error. */
import { constants, readFileSync } from "node:fs";

const ACCESS_MODE = 3;
/** asm-generic/fcntl.h: `O_CLOEXEC`, the same for x86-64 and arm64. */
const O_CLOEXEC = 0o2000000;

/**
 * Why nothing can be written to a descriptor that the process was to be started with.
 * @returns `undefined` when it can be tried.
 */
export function whyNotWritable(fd: number): "closed" | "open for reading only" | undefined {
  const flags = openFlags(fd);
  // The runtime puts /dev/null in the place of a stream that was closed. One that was inherited cannot have this flag.
  if (flags === undefined || (flags & O_CLOEXEC) !== 0) return "closed";
  return (flags & ACCESS_MODE) === constants.O_RDONLY ? "open for reading only" : undefined;
}

/** proc_pid_fdinfo(5) */
function openFlags(fd: number): number | undefined {
  try {
    const [, flags = ""] =
      /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1")) ?? [];
    return Number.parseInt(flags, 8);
  } catch {
    return undefined;
  }
}
