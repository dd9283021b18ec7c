/** @module Arguments and environment, from the NUL-separated form that the kernel keeps them in. */

const decoder = new TextDecoder();
const NUL = 0;

/**
 * The arguments after `argv[0]` as Tetragon writes them: joined by spaces, those that contain a space in
 * double quotes, nothing escaped. Empty arguments at the end are not told.
 * @param memory `argv`, each element followed by a NUL; may be cut anywhere.
 */
export function formatArguments(memory: Uint8Array): string {
  let start = memory.indexOf(NUL) + 1;
  if (start === 0) return "";
  let end = memory.length;
  while (end > start && memory[end - 1] === NUL) end--;
  if (start >= end) return "";
  const text = decoder.decode(memory.subarray(start, end));
  if (!text.includes(" ")) return text.replaceAll("\0", " ");
  let joined = "";
  for (start = 0; start <= text.length; ) {
    let stop = text.indexOf("\0", start);
    if (stop < 0) stop = text.length;
    const argument = text.slice(start, stop);
    if (start > 0) joined += " ";
    joined += argument.includes(" ") ? `"${argument}"` : argument;
    start = stop + 1;
  }
  return joined;
}

/** A variable of a process's environment, under the names that Tetragon's JSON has for it. */
export interface EnvironmentVariable {
  readonly Key: string;
  readonly Value: string;
}

/**
 * The variables in `memory`, `NAME=value` each followed by a NUL.
 * @param names Those to keep; all when empty.
 */
export function parseEnvironment(memory: Uint8Array, names: ReadonlySet<string>): EnvironmentVariable[] {
  const variables: EnvironmentVariable[] = [];
  for (const entry of decoder.decode(memory).split("\0")) {
    const equals = entry.indexOf("=");
    if (equals <= 0) continue;
    const Key = entry.slice(0, equals);
    if (names.size === 0 || names.has(Key)) variables.push({ Key, Value: entry.slice(equals + 1) });
  }
  return variables;
}
