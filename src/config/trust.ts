/**
 * @module Reads a configuration file only if nobody but root and this agent's user could have written it.
 *
 * An agent that runs as root takes orders from its configuration: whoever can write it, or put another file in its
 * place, is root.
 */
import type { Stats } from "node:fs";
import { formatSize } from "../lib/text/size.ts";
import { codeOrText, errorCode, isMissing } from "../os/caught.ts";
import { isAbsent } from "../os/early-files.ts";
import { fs } from "../os/fs.ts";
import { dirname } from "../os/path.ts";
import { resolveTrusted } from "../os/trusted-path.ts";

/** A configuration is text that people write; anything larger is something else. */
const MAX_FILE_SIZE = 1024 ** 2;
const WRITABLE_BY_OTHERS = 0o022;

/** A file's text; or `undefined` when there is none at `path`; or why it was not read, to follow a colon. */
export type Read = { readonly text: string | undefined } | { readonly refused: string };

/** Has a file read while nobody writes it; gives `undefined` where somebody does. */
type ReadGuard = (descriptor: number, read: () => Read) => Read | undefined;

const BEING_WRITTEN = { refused: "found a process that has it open for writing, expected it to be complete" };

/**
 * Reads the file at `path`, following symbolic links, if it and the directories that hold it can be trusted.
 * @param guard Keeps a file from being read that is being written. @default none
 */
export function readTrustedFile(path: string, guard: ReadGuard = (_, read) => read()): Read {
  if (isAbsent(path)) return { text: undefined };
  let descriptor: number;
  try {
    // Not blocking, so that a FIFO in this place is refused below instead of waited for.
    descriptor = fs().openSync(path, fs().constants.O_RDONLY | fs().constants.O_NONBLOCK);
  } catch (error) {
    return isMissing(error) ? { text: undefined } : { refused: reasonOf(error) };
  }
  try {
    const stats = fs().fstatSync(descriptor);
    if (!stats.isFile()) return { refused: "found something that is not a file, expected a regular file" };
    if (stats.size > MAX_FILE_SIZE) {
      return { refused: `found ${stats.size} bytes, expected at most ${formatSize(MAX_FILE_SIZE)}` };
    }
    const refused = distrust(path, stats) ?? distrustDirectories(path);
    if (refused !== undefined) return { refused };
    return guard(descriptor, () => readBounded(descriptor)) ?? BEING_WRITTEN;
  } catch (error) {
    return { refused: reasonOf(error) };
  } finally {
    fs().closeSync(descriptor);
  }
}

/**
 * Why the file at `path` is not to be trusted, in the way of {@link readTrustedFile}, to follow a colon; `undefined` where nobody but root
 * and this agent's user could have written it.
 */
export function distrustFile(path: string): string | undefined {
  try {
    const stats = fs().statSync(path);
    if (!stats.isFile()) return "found something that is not a file, expected a regular file";
    return distrust(path, stats) ?? distrustDirectories(path);
  } catch (error) {
    return reasonOf(error);
  }
}

/** What the kernel makes up (/proc) says that it has no bytes, and may have any number. */
function readBounded(descriptor: number): Read {
  const bytes = Buffer.allocUnsafe(MAX_FILE_SIZE + 4096);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = fs().readSync(descriptor, bytes, length, bytes.length - length, null);
  if (length > MAX_FILE_SIZE)
    return {
      refused: `found more than ${MAX_FILE_SIZE} bytes, expected at most ${formatSize(MAX_FILE_SIZE)}`,
    };
  return { text: bytes.toString("utf8", 0, length) };
}

/** Why the directory at `path` is not to be trusted, or `undefined`. Throws what `stat` throws. */
export function distrustDirectory(path: string): string | undefined {
  return distrust(path, fs().statSync(path), "directory ");
}

/** The directory that names the file, the one that holds it, and everything on the way there. */
function distrustDirectories(path: string): string | undefined {
  const named = dirname(path);
  const holding = dirname(fs().realpathSync(path));
  const refused = distrustDirectory(named) ?? (holding === named ? undefined : distrustDirectory(holding));
  if (refused !== undefined) return refused;
  // The links and directories in between, and all those above.
  const way = resolveTrusted(path);
  return "refused" in way
    ? `${way.refused}, expected nobody else to be able to change where ${path} leads`
    : undefined;
}

function distrust(path: string, stats: Stats, what = ""): string | undefined {
  const user = process.geteuid?.() ?? 0;
  if (stats.uid !== 0 && stats.uid !== user) {
    const expected = user === 0 ? "root" : `root or user ${user}`;
    return `found ${what}${path} owned by user ${stats.uid}, expected it to be owned by ${expected}`;
  }
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && !isReadOnlyMount(path)) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
    return `found ${what}${path} with mode ${mode}, expected nobody but its owner to be able to write it (chmod go-w)`;
  }
  return undefined;
}

/**
 * Whether the file system of `path` is mounted read-only. Kubernetes makes the top directory of a ConfigMap volume
 * mode 0777 and mounts it read-only, so its mode says nothing.
 */
function isReadOnlyMount(path: string): boolean {
  try {
    fs().accessSync(path, fs().constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

/** The system's words for a failed call, on one line. */
export function reasonOf(error: unknown): string {
  if (isMissing(error)) return "found nothing there, expected a file or directory that can be read";
  if (errorCode(error) === "EACCES") return "found permission denied, expected to be allowed to read it";
  return `found ${codeOrText(error)}, expected to be able to read it`;
}
