/** @module Files of policies: those that are named, and those of a directory. */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { readTrustedFile } from "../../../config/trust.ts";
import { codeOrText } from "../../../os/caught.ts";
import { whileUnwritten } from "../../../os/read-lease.ts";
import { BUILTIN_NAMES, BUILTIN_PREFIX, readBuiltin } from "../../../policy/builtin/index.ts";

/** A file, or why it could not be read. */
export type PolicyText = { readonly path: string } & ({ readonly text: string } | { readonly error: string });

/** Files that hold policies. What begins with a dot is something else's, such as the data of a mounted ConfigMap. */
const POLICY_NAME = /^[^.].*\.(?:ya?ml|json)$/;

/** How long a file has to have been as it is, before it need not be looked into again, milliseconds. */
const YOUNG_MS = 2000;

/** A file that was read, and what it was then. */
interface KnownFile {
  readonly identity: string;
  readonly file: PolicyText;
}

/** Reads files of policies, those of a directory again and again: one that is what it was is not read again. */
export class PolicyReader {
  #known = new Map<string, KnownFile>();

  /** Files that were named. */
  read(paths: readonly string[]): PolicyText[] {
    return paths.map(readText);
  }

  /** The files of a directory, in the order of their names; or why that cannot be said. */
  readDirectory(directory: string): PolicyText[] | { readonly error: string } {
    let names: string[];
    try {
      names = readdirSync(directory);
    } catch (error) {
      return { error: codeOrText(error) };
    }
    const paths = names
      .filter((name) => !name.startsWith("."))
      .flatMap((name) => pathsAt(join(directory, name)))
      .filter((path) => POLICY_NAME.test(basename(path)))
      .sort();
    const before = this.#known;
    this.#known = new Map();
    return paths.map((path) => {
      const identity = identityOf(path);
      const known = before.get(path);
      const file = identity !== undefined && known?.identity === identity ? known.file : readText(path);
      if (identity !== undefined && "text" in file) this.#known.set(path, { identity, file });
      return file;
    });
  }
}

/** Changes with what is in the file and who may write it; `undefined` where that could not be seen. */
function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  // What changes twice within a tick of the file system's clock looks the same.
  if (stat === undefined || Date.now() - Number(stat.ctimeMs) < YOUNG_MS) return undefined;
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
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
  const read = readTrustedFile(path, whileUnwritten);
  if ("refused" in read) return { path, error: read.refused };
  return read.text === undefined ? { path, error: "ENOENT" } : { path, text: read.text };
}

/** One that comes with the agent. */
function readOwn(path: string): PolicyText {
  const text = readBuiltin(path.slice(BUILTIN_PREFIX.length));
  return text === undefined ? { path, error: `known are ${BUILTIN_NAMES.join(", ")}` } : { path, text };
}
