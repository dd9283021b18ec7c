/**
 * @module Where a path really leads, and whether nobody but root and this agent's user can lead it elsewhere.
 *
 * Whoever can replace a directory or a link on the way decides which file the agent opens with all its rights.
 */
import type { Stats } from "node:fs";
import { errorCode, isMissing } from "./caught.ts";
import { fs } from "./fs.ts";
import { basename, dirname, join, resolve } from "./path.ts";
import { checkRelative } from "./working-directory.ts";

/** Symbolic links on one path, as in Linux (`MAXSYMLINKS`). */
const MAX_LINKS = 40;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;
/** Who owns what is mapped into no user of this user namespace. */
const UNMAPPED = 65_534;
const DESCRIPTOR = /^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?fd$/;

/** Where a path leads. */
export type Destination =
  /** `path` has no links in it; the file need not exist. `isExposed`: it lies in a directory that everybody may write to. */
  | { readonly path: string; readonly isExposed: boolean }
  /** An open descriptor of this process: `/dev/stdout`, `/proc/self/fd/3`. */
  | { readonly descriptor: number }
  /** Why it is not to be trusted, to follow a colon. */
  | { readonly refused: string };

/**
 * Follows a path link by link.
 * @param user Trusted like root and the agent's own user: whom it will change to.
 * @throws The system's error, also when a directory on the way does not exist; Error where a relative path leads nowhere.
 */
export function resolveTrusted(path: string, user?: number): Destination {
  checkRelative(path);
  const trusted = new Set([0, process.geteuid?.() ?? 0, ...(user === undefined ? [] : [user])]);
  if (!ownsAllUsers()) trusted.add(UNMAPPED);
  const rest = resolve(path).split("/").filter(Boolean);
  let at = "/";
  let isExposed = false;
  for (let links = 0; rest.length > 0; ) {
    const directory = fs().lstatSync(at);
    const refused = distrust(at, directory, trusted);
    if (refused !== undefined) return { refused };
    isExposed = (directory.mode & WRITABLE_BY_OTHERS) !== 0;
    const name = rest.shift()!;
    const next = name === ".." ? dirname(at) : join(at, name);
    if (DESCRIPTOR.test(at)) return descriptorAt(at, name);
    const stat = lstatOf(next);
    if (stat?.isSymbolicLink()) {
      if (!trusted.has(stat.uid)) return { refused: `found symbolic link ${next} owned by user ${stat.uid}` };
      if (++links > MAX_LINKS) return { refused: `found more than ${MAX_LINKS} symbolic links` };
      const target = fs().readlinkSync(next);
      if (target.startsWith("/")) at = "/";
      rest.unshift(...target.split("/").filter((part) => part !== "" && part !== "."));
      continue;
    }
    if (stat === undefined && rest.length > 0) return { path: join(next, ...rest), isExposed };
    at = next;
  }
  return { path: at, isExposed };
}

/** What {@link distrustFile} needs to know of a file besides its status. */
interface OpenedAt {
  readonly path: string;
  readonly isExposed: boolean;
  readonly user?: number | undefined;
  /** Permissions that it is about to have; absent: those that it has. */
  readonly mode?: number;
}

/** Why a file that was opened at {@link resolveTrusted}'s path is not to be written, to follow a colon. */
export function distrustFile(
  stat: Stats,
  { path, isExposed, user, mode = stat.mode }: OpenedAt,
): string | undefined {
  const trusted = [0, process.geteuid?.() ?? 0, user];
  if (!trusted.includes(stat.uid) && !(stat.uid === UNMAPPED && !ownsAllUsers()))
    return `found ${basename(path)} owned by user ${stat.uid}`;
  if (!stat.isFile()) return undefined;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return "found a file that everybody may write";
  // Where others may make links, they may make one to any file.
  if (isExposed && stat.nlink > 1)
    return `found a file with ${stat.nlink} names in a directory for everybody`;
  return undefined;
}

/**
 * What says that a path is not to be trusted, and the ways out.
 * @param reason From {@link resolveTrusted} or {@link distrustFile}.
 */
export function untrusted(reason: string): Error {
  return new Error(
    `${reason}, needed a place that only root and the agent's user can change: choose another one, take from others the right to write there (chmod o-w), or name its owner with --user`,
  );
}

function distrust(path: string, stat: Stats, trusted: ReadonlySet<number>): string | undefined {
  if (!trusted.has(stat.uid)) return `found directory ${path} owned by user ${stat.uid}`;
  const isShared = (stat.mode & WRITABLE_BY_OTHERS) !== 0 && (stat.mode & STICKY) === 0;
  if (!isShared || isReadOnlyMount(path)) return undefined;
  return `found directory ${path}, which everybody may write`;
}

function descriptorAt(directory: string, name: string): Destination {
  const owner = directory.split("/")[2]!;
  const isOurs = owner === "self" || owner === "thread-self" || owner === String(process.pid);
  if (!isOurs || !/^\d{1,9}$/.test(name)) return { refused: "found a descriptor of another process" };
  return { descriptor: Number(name) };
}

function lstatOf(path: string): Stats | undefined {
  try {
    return fs().lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Kubernetes makes the directories of a ConfigMap volume mode 0777 and mounts it read-only. */
function isReadOnlyMount(path: string): boolean {
  try {
    fs().accessSync(path, fs().constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

/** Whether every user of the host is one here, as outside of user namespaces. */
function ownsAllUsers(): boolean {
  try {
    return fs().readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/)[2] === "4294967295";
  } catch {
    return true;
  }
}
