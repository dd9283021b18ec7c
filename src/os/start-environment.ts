/**
 * @module The environment that the process was started with, as data: `process.env` has only the variables that the executable's
 * first instructions let through, since the runtime takes orders from others.
 */

let variables: Promise<ReadonlyMap<string, string>> | undefined;

/** All variables, none where they cannot be read. Read once: they do not change, and later rights may be missing. */
export function startEnvironment(): Promise<ReadonlyMap<string, string>> {
  variables ??= readVariables();
  return variables;
}

async function readVariables(): Promise<ReadonlyMap<string, string>> {
  const { readFileSync } = await import("node:fs");
  const found = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync("/proc/self/environ", "utf8");
  } catch {
    return found;
  }
  for (const variable of text.split("\0")) {
    const equals = variable.indexOf("=");
    const name = variable.slice(0, equals);
    // Of two with one name, the first one is what getenv(3) finds.
    if (equals > 0 && !found.has(name)) found.set(name, variable.slice(equals + 1));
  }
  return found;
}
