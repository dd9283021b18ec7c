/** @module `--sensor-scope`: which processes are watched, by name, for the kernel and for procfs. */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { codeOrText, isMissing, isShortage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import { pidNamespaces } from "../../../os/namespace.ts";
import { parseCgroups } from "../../../os/process-cgroups.ts";
import { parseStatus, statusNumbers } from "../../../os/process-status.ts";
import type { Scope } from "../probe/shared/scope.ts";
import { HeldProcess, listProcesses } from "../procfs/procfs.ts";
import { cgroup2Mount } from "./cgroup-hierarchy.ts";

/** A scope that was looked up on this machine, and names the same thing until it is disposed of. */
export interface ResolvedScope extends Disposable {
  readonly kernel: Scope;
  readonly cgroupId: bigint | undefined;
  /** Whether there may be another one of its name when it has ended. */
  readonly mayReturn: boolean;
  /** Whether a process that procfs shows is in the scope. One that is gone is not. */
  contains(pid: number): boolean;
  /** Whether it is gone, as far as can be known: no process will ever be in it again. */
  hasEnded(): boolean;
}

/** `CGROUP2_SUPER_MAGIC` of `<linux/magic.h>` */
const CGROUP2_MAGIC = 0x63677270;

/**
 * Looks up `cgroup:PATH` (a directory of the cgroup v2 hierarchy, absolute or relative to its mount) or
 * `pidns:PID` (the PID namespace that process is in).
 * @throws TetradError `config` when it reads otherwise, or there is no such cgroup or process; `unsupported` when the
 * host or a right does not allow it.
 */
export function resolveScope(text: string, procfs = "/proc"): ResolvedScope {
  const [type, value] = splitOnce(text, ":");
  if (type === "cgroup" && value !== "") return cgroupScope(text, value, procfs);
  if (type === "pidns" && /^\d+$/.test(value)) return pidNamespaceScope(text, Number(value), procfs);
  throw new TetradError("config", `Cannot read --sensor-scope "${text}": expected cgroup:PATH or pidns:PID`);
}

function cannotUse(code: "config" | "unsupported" | "failed", text: string, reason: string, cause?: unknown) {
  return new TetradError(code, `Cannot use --sensor-scope "${text}": ${reason}`, { cause });
}

function cgroupScope(text: string, path: string, procfs: string): ResolvedScope {
  const mount = cgroup2Mount(procfs);
  if (mount === undefined) throw cannotUse("unsupported", text, "no cgroup v2 hierarchy is mounted");
  const isAbsolute = path === mount || path.startsWith(`${mount}/`);
  const directory = join(mount, isAbsolute ? path.slice(mount.length) : path);
  let root: string;
  let real: string;
  let id: bigint;
  let isCgroup: boolean;
  try {
    root = realpathSync(mount);
    real = realpathSync(directory);
    // A cgroup's id is the inode number of its directory.
    id = statSync(`${real}/`, { bigint: true }).ino;
    isCgroup = statfsSync(real).type === CGROUP2_MAGIC;
  } catch (cause) {
    throw cannotUse("config", text, `no directory "${directory}"`, cause);
  }
  // Where `..` or a symbolic link leads out, the same number is something else's.
  if (!isCgroup || (real !== root && !real.startsWith(`${root}/`)))
    throw cannotUse("config", text, `"${directory}" is no cgroup of the v2 hierarchy on "${mount}"`);
  const name = real.slice(root.length) || "/";
  return {
    kernel: { type: "cgroup" },
    cgroupId: id,
    mayReturn: true,
    contains(pid) {
      const own = cgroup2Path(pid, procfs);
      return own !== undefined && (own === name || name === "/" || own.startsWith(`${name}/`));
    },
    hasEnded() {
      try {
        return statSync(real, { bigint: true }).ino !== id;
      } catch (error) {
        return isMissing(error);
      }
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
    if (isMissing(cause)) throw cannotUse("config", text, `no process ${pid} in "${procfs}"`, cause);
    const code = codeOrText(cause);
    if (code !== "EACCES" && code !== "EPERM")
      throw cannotUse(
        isShortage(cause) ? "failed" : "unsupported",
        text,
        `${procfs}/${pid}/ns/pid: ${code}`,
        cause,
      );
    const reason = `this process may not look at process ${pid} (${code}); run as root, or grant CAP_SYS_PTRACE`;
    throw cannotUse("unsupported", text, reason, cause);
  }
  const inode = fstatSync(fd).ino;
  let first: HeldProcess | undefined;
  let firstStart: bigint | undefined;
  try {
    first = holdFirstProcess(inode, pid, procfs);
    if (first === undefined && !existsSync(`${procfs}/${pid}`))
      throw cannotUse("config", text, `no process ${pid} in "${procfs}"`);
    firstStart = first?.start;
  } catch (error) {
    first?.[Symbol.dispose]();
    closeSync(fd);
    throw error;
  }
  return {
    kernel: { type: "pidns", inode, firstStart },
    cgroupId: undefined,
    mayReturn: false,
    contains(candidate) {
      try {
        return pidNamespaces(candidate, procfs).includes(inode);
      } catch {
        return false;
      }
    },
    hasEnded() {
      return first?.hasExited() === true;
    },
    [Symbol.dispose]() {
      first?.[Symbol.dispose]();
      closeSync(fd);
    },
  };
}

/**
 * Process 1 of a PID namespace, with which the namespace ends.
 * @param likely A process that may be it.
 */
function holdFirstProcess(inode: number, likely: number, procfs: string): HeldProcess | undefined {
  const hold = (pid: number): HeldProcess | undefined => {
    let held: HeldProcess | undefined;
    try {
      // Held before it is looked at: its number may become another's.
      held = new HeldProcess(procfs, pid);
      const status = parseStatus(readFileSync(`${procfs}/${pid}/status`, "latin1"));
      if (statusNumbers(status, "NStgid").at(-1) === 1 && pidNamespaces(pid, procfs)[0] === inode)
        return held;
    } catch {
      // It is gone.
    }
    held?.[Symbol.dispose]();
    return undefined;
  };
  const found = hold(likely);
  if (found !== undefined) return found;
  for (const pid of listProcesses(procfs)) {
    const held = hold(pid);
    if (held !== undefined) return held;
  }
  return undefined;
}

function cgroup2Path(pid: number, procfs: string): string | undefined {
  try {
    const cgroups = parseCgroups(readFileSync(`${procfs}/${pid}/cgroup`, "utf8"));
    return cgroups.find(({ isV2 }) => isV2)?.path;
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}
