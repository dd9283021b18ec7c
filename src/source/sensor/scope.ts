/** @module `--sensor-scope`: which processes are watched, by name, for the kernel and for procfs. */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../kernel/sensor/index.ts";
import { TetradError } from "../../os/error.ts";
import { pidNamespaces } from "../../os/namespace.ts";

/** A scope that was looked up on this machine, and names the same thing until it is disposed of. */
export interface ResolvedScope extends Disposable {
  readonly kernel: Scope;
  /** Whether a process that procfs shows is in the scope. One that is gone is not. */
  contains(pid: number): boolean;
}

/**
 * Looks up `cgroup:PATH` (a directory of the cgroup v2 hierarchy, absolute or relative to its mount) or
 * `pidns:PID` (the PID namespace that process is in).
 * @throws TetradError `config` when it reads otherwise, or there is no such cgroup or process.
 */
export function resolveScope(text: string, procfs = "/proc"): ResolvedScope {
  const [type, value] = splitOnce(text, ":");
  if (type === "cgroup" && value !== "") return cgroupScope(text, value, procfs);
  if (type === "pidns" && /^\d+$/.test(value)) return pidNamespaceScope(text, Number(value), procfs);
  throw new TetradError("config", `Cannot read sensor scope "${text}": expected cgroup:PATH or pidns:PID`);
}

function cgroupScope(text: string, path: string, procfs: string): ResolvedScope {
  const mount = cgroup2Mount(procfs);
  if (mount === undefined) {
    throw new TetradError(
      "unsupported",
      `Cannot use sensor scope "${text}": no cgroup v2 hierarchy is mounted`,
    );
  }
  const isInside = path === mount || path.startsWith(`${mount}/`);
  const directory = join(mount, isInside ? path.slice(mount.length) : path);
  let id: bigint;
  try {
    // A cgroup's id is the inode number of its directory.
    id = statSync(directory, { bigint: true }).ino;
  } catch (cause) {
    throw new TetradError("config", `Cannot use sensor scope "${text}": no directory "${directory}"`, {
      cause,
    });
  }
  const name = directory.slice(mount.length) || "/";
  return {
    kernel: { type: "cgroup", id },
    contains(pid) {
      const own = cgroup2Path(pid, procfs);
      return own !== undefined && (own === name || name === "/" || own.startsWith(`${name}/`));
    },
    // A cgroup's id is never given to another one.
    [Symbol.dispose]() {},
  };
}

function pidNamespaceScope(text: string, pid: number, procfs: string): ResolvedScope {
  let fd: number;
  try {
    // Kept open: the kernel gives the number of a namespace that is gone to the next one.
    fd = openSync(`${procfs}/${pid}/ns/pid`, "r");
  } catch (cause) {
    throw new TetradError("config", `Cannot use sensor scope "${text}": no process ${pid}`, { cause });
  }
  const inode = fstatSync(fd).ino;
  return {
    kernel: { type: "pidns", inode },
    contains(candidate) {
      try {
        return pidNamespaces(candidate, procfs).includes(inode);
      } catch {
        return false;
      }
    },
    [Symbol.dispose]() {
      closeSync(fd);
    },
  };
}

/** Where the cgroup v2 hierarchy is mounted, or `undefined`. */
export function cgroup2Mount(procfs = "/proc"): string | undefined {
  for (const line of readFileSync(`${procfs}/self/mountinfo`, "utf8").split("\n")) {
    const [mount, filesystem] = splitOnce(line, " - ");
    if (filesystem.startsWith("cgroup2 ")) return mount.split(" ")[4];
  }
  return undefined;
}

function cgroup2Path(pid: number, procfs: string): string | undefined {
  try {
    const line = readFileSync(`${procfs}/${pid}/cgroup`, "utf8")
      .split("\n")
      .find((entry) => entry.startsWith("0::"));
    return line?.slice("0::".length);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
