/** @module Arguments and environment, from the NUL-separated form that the kernel keeps them in. */
import { decodeText } from "../../../lib/text/utf8.ts";

const NUL = 0;

/**
 * Arguments as Tetragon writes them: joined by spaces, those that are empty or contain a space in double quotes,
 * nothing escaped.
 * @param memory Each argument followed by a NUL; may be cut anywhere.
 */
export function formatArguments(memory: Uint8Array): string {
  const { length } = memory;
  if (length === 0) return "";
  const text = decodeText(memory[length - 1] === NUL ? memory.subarray(0, length - 1) : memory);
  const hasEmpty = text === "" || text.startsWith("\0") || text.endsWith("\0") || text.includes("\0\0");
  if (!hasEmpty && !text.includes(" ")) return text.replaceAll("\0", " ");
  let joined = "";
  for (let start = 0; start <= text.length; ) {
    let stop = text.indexOf("\0", start);
    if (stop < 0) stop = text.length;
    const argument = text.slice(start, stop);
    if (start > 0) joined += " ";
    joined += argument === "" || argument.includes(" ") ? `"${argument}"` : argument;
    start = stop + 1;
  }
  return joined;
}

/** What follows `argv[0]`, the name by which a program knows how it was called. */
export function withoutName(argv: Uint8Array): Uint8Array {
  const end = argv.indexOf(NUL);
  return argv.subarray(end < 0 ? argv.length : end + 1);
}

/**
 * `argv` as procfs shows it, without what is no argument: a process that writes a title over its arguments leaves NULs
 * behind it.
 * @param argc How many arguments there were when the program began; `undefined` when that is not known.
 */
export function withoutPadding(argv: Uint8Array, argc: number | undefined): Uint8Array {
  if (argv.at(-1) !== NUL || argv.at(-2) !== NUL) return argv;
  let count = 0;
  for (const byte of argv) if (byte === NUL) count++;
  if (count === argc) return argv;
  let end = argv.length;
  while (end > 1 && argv[end - 2] === NUL) end--;
  return argv.subarray(0, end);
}

/** A variable of a process's environment, under the names that Tetragon's JSON has for it, which leaves out what is empty. */
export interface EnvironmentVariable {
  readonly Key?: string;
  readonly Value?: string;
}

/**
 * The variables in `memory`, `NAME=value` each followed by a NUL. What follows the last NUL was cut, and is left out.
 * @param names Those to keep; all when empty.
 */
export function parseEnvironment(memory: Uint8Array, names: ReadonlySet<string>): EnvironmentVariable[] {
  const variables: EnvironmentVariable[] = [];
  const whole = memory.subarray(0, memory.lastIndexOf(NUL) + 1);
  for (const entry of decodeText(whole).split("\0")) {
    const equals = entry.indexOf("=");
    if (equals < 0) continue;
    const name = entry.slice(0, equals);
    const value = entry.slice(equals + 1);
    if (names.size > 0 && !names.has(name)) continue;
    variables.push({ ...(name !== "" && { Key: name }), ...(value !== "" && { Value: value }) });
  }
  return variables;
}
