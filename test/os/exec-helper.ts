/**
 * @module A program that the sensor's tests run: it executes programs in ways that shells do not.
 *
 * `memfd PROGRAM ARGUMENT` executes a copy of PROGRAM that is in no directory, by its descriptor.
 * `descriptor PROGRAM ARGUMENT` executes PROGRAM by a descriptor of it; in ARGUMENT, FD stands for its number.
 * `detached PROGRAM ARGUMENT` executes PROGRAM in a copy of its directory that is mounted nowhere.
 * `thread PROGRAM ARGUMENT` executes PROGRAM from a thread that is not the process's first.
 * `capability PROGRAM ARGUMENT` executes PROGRAM as nobody, who holds CAP_NET_RAW.
 * `drop PROGRAM ARGUMENT` executes PROGRAM as nobody, who holds no capability, from a process that had all.
 * `grant PROGRAM` gives PROGRAM, a file, CAP_NET_RAW.
 * `worker` ends its first thread; another one goes on.
 * `spawn PROGRAM ARGUMENT` runs PROGRAM as a child, made with vfork(2), and waits for it.
 */
import { dlopen, ptr } from "bun:ffi";
import { openSync, readFileSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const AT_EMPTY_PATH = 0x1000;
const AT_FDCWD = -100;
const SYS_OPEN_TREE = 428;
const OPEN_TREE_CLONE = 1;
const F_SETFD = 2;
const PR_SET_KEEPCAPS = 8;
const NOBODY = 65534;
const CAP_NET_RAW = 13;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;
const SYS_EXIT = process.arch === "arm64" ? 93 : 60;

const libc = dlopen("libc.so.6", {
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  execveat: { args: ["i32", "ptr", "ptr", "ptr", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  setresuid: { args: ["u32", "u32", "u32"], returns: "i32" },
  setresgid: { args: ["u32", "u32", "u32"], returns: "i32" },
  capset: { args: ["ptr", "ptr"], returns: "i32" },
  setxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" },
  syscall: { args: ["i64", "i64", "i64", "i64"], returns: "i64" },
}).symbols;

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

const kept: Uint8Array[] = [];

/** A NULL-terminated array of strings. */
function vector(texts: readonly string[]): BigUint64Array {
  const strings = texts.map(cString);
  kept.push(...strings);
  return BigUint64Array.from([...strings.map((text) => BigInt(ptr(text))), 0n]);
}

function execute(program: string, argument: string): void {
  libc.execve(cString(program), vector([program, argument]), vector([]));
  throw new Error(`Cannot execute ${program}`);
}

function executeMemfd(program: string, argument: string): void {
  const fd = libc.memfd_create(cString("tetrad-test"), 0);
  writeSync(fd, readFileSync(program));
  libc.execveat(fd, cString(""), vector([program, argument]), vector([]), AT_EMPTY_PATH);
  throw new Error(`Cannot execute a copy of ${program}`);
}

function executeDescriptor(program: string, argument: string): void {
  const fd = openSync(program, "r");
  // Bun opens with O_CLOEXEC, by which an interpreter would not find the script.
  libc.fcntl(fd, F_SETFD, 0);
  const texts = [program, argument.replaceAll("FD", String(fd))];
  libc.execveat(fd, cString(""), vector(texts), vector([]), AT_EMPTY_PATH);
  throw new Error(`Cannot execute ${program} by its descriptor`);
}

function executeDetached(program: string, argument: string): void {
  const directory = cString(dirname(program));
  const fd = libc.syscall(SYS_OPEN_TREE, AT_FDCWD, ptr(directory), OPEN_TREE_CLONE);
  if (fd < 0) throw new Error(`Cannot copy the mount of ${program}`);
  execute(`/proc/self/fd/${fd}/${basename(program)}`, argument);
}

function executeWithCapability(program: string, argument: string): void {
  const capability = 1 << CAP_NET_RAW;
  const sets = Uint32Array.of(capability, capability, 0, 0, 0, 0);
  const failures = [
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0),
    libc.setresgid(NOBODY, NOBODY, NOBODY),
    libc.setresuid(NOBODY, NOBODY, NOBODY),
    libc.capset(Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0), sets),
  ];
  if (failures.some((result) => result !== 0)) throw new Error(`Cannot keep a capability: ${failures}`);
  execute(program, argument);
}

/** Writes a `struct vfs_cap_data` of `<linux/capability.h>`, revision 2: permitted, and effective from the start. */
function grantCapability(program: string): void {
  const data = Uint32Array.of(0x0200_0001, 1 << CAP_NET_RAW, 0, 0, 0);
  const name = cString("security.capability");
  if (libc.setxattr(cString(program), name, data, data.byteLength, 0) !== 0)
    throw new Error(`Cannot give ${program} a capability`);
}

if (isMainThread) {
  const [way, program = "", argument = ""] = process.argv.slice(2);
  switch (way) {
    case "memfd":
      executeMemfd(program, argument);
      break;
    case "descriptor":
      executeDescriptor(program, argument);
      break;
    case "detached":
      executeDetached(program, argument);
      break;
    case "thread":
      new Worker(import.meta.path, { workerData: [program, argument] });
      break;
    case "capability":
      executeWithCapability(program, argument);
      break;
    case "drop":
      libc.setresuid(NOBODY, NOBODY, NOBODY);
      execute(program, argument);
      break;
    case "grant":
      grantCapability(program);
      break;
    case "worker": {
      const worker = new Worker(import.meta.path, { workerData: [] });
      worker.once("online", () => libc.syscall(SYS_EXIT, 0, 0, 0));
      break;
    }
    case "spawn":
      await Bun.spawn([program, argument], { stdio: ["ignore", "ignore", "ignore"] }).exited;
      break;
    default:
      throw new Error(`Cannot do "${way}"`);
  }
} else {
  const [program, argument] = workerData as [string?, string?];
  if (program === undefined || argument === undefined) await Bun.sleep(60_000);
  else execute(program, argument);
}
