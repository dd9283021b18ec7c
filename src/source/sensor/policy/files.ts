/** @module Files of policies: those that are named, and those of a directory. */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { readTrustedFile } from "../../../config/trust.ts";
import { codeOrText } from "../../../os/caught.ts";
import { BUILTIN_NAMES, BUILTIN_PREFIX, readBuiltin } from "../../../policy/builtin/index.ts";

/** A file, or why it could not be read. */
export type PolicyText = { readonly path: string } & ({ readonly text: string } | { readonly error: string });

/** Files that hold policies. What begins with a dot is something else's, such as the data of a mounted ConfigMap. */
const POLICY_NAME = /^[^.].*\.(?:ya?ml|json)$/;

/** Reads files that were named. */
export function readPolicyFiles(paths: readonly string[]): PolicyText[] {
  return paths.map(readText);
}

/** Reads the files of a directory, in the order of their names; or says why that cannot be done. */
export function readPolicyDirectory(directory: string): PolicyText[] | { readonly error: string } {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    return { error: codeOrText(error) };
  }
  const paths = names
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => pathsAt(join(directory, name)))
    .filter((path) => POLICY_NAME.test(basename(path)));
  return paths.sort().map(readText);
}

/** A file itself, or the files of a directory. */
function pathsAt(path: string): string[] {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return [path];
    return stat.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
  } catch {
    // A link that leads nowhere is nobody's policy.
    return [];
  }
}

function readText(path: string): PolicyText {
  if (path.startsWith(BUILTIN_PREFIX)) return readOwn(path);
  // Whoever can write a policy can kill any process.
  const read = readTrustedFile(path);
  if ("refused" in read) return { path, error: read.refused };
  return read.text === undefined ? { path, error: "ENOENT" } : { path, text: read.text };
}

/** One that comes with the agent. */
function readOwn(path: string): PolicyText {
  const text = readBuiltin(path.slice(BUILTIN_PREFIX.length));
  return text === undefined ? { path, error: `known are ${BUILTIN_NAMES.join(", ")}` } : { path, text };
}
