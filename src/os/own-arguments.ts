/** @module What others see of this process's command line: `ps`, `/proc/PID/cmdline`. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { fs } from "./fs.ts";

/** Fields of `/proc/self/stat` behind the name (proc(5)): where the arguments begin in memory, and where they end. */
const [ARG_START, ARG_END] = [48 - 3, 49 - 3];
const ZERO = 0;
const STAR = 0x2a;

/**
 * Overwrites the values of some flags, given as `--name=value` or `--name value`, with stars. Who looked before has seen them.
 * @param names Without the dashes.
 * @returns Whether that could be done.
 */
export function hideArguments(names: readonly string[]): boolean {
  const range = argumentRange();
  if (range === undefined) return false;
  hideIn(Buffer.from(toArrayBuffer(range.start as Pointer, 0, range.end - range.start)), names);
  return true;
}

/** Does it in a list of arguments that end in zeros each. */
export function hideIn(bytes: Buffer, names: readonly string[]): void {
  let isNext = false;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(ZERO, at);
    const end = found === -1 ? bytes.length : found;
    const argument = bytes.toString("latin1", at, end);
    if (isNext) bytes.fill(STAR, at, end);
    const flag = names.find((name) => argument === `--${name}` || argument.startsWith(`--${name}=`));
    isNext = flag !== undefined && argument === `--${flag}`;
    if (flag !== undefined && !isNext) bytes.fill(STAR, at + flag.length + 3, end);
    at = end + 1;
  }
}

function argumentRange(): { readonly start: number; readonly end: number } | undefined {
  try {
    const stat = fs().readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [start, end] = [Number(fields[ARG_START]), Number(fields[ARG_END])];
    return start > 0 && end > start ? { start, end } : undefined;
  } catch {
    return undefined;
  }
}
