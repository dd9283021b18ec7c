/** Installs the filter, tries what it is about, and prints what came of each as JSON: `""`, or the name of an error. */
import { ptr } from "bun:ffi";
import { lookup } from "node:dns/promises";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPrivileges } from "../../../src/os/capability.ts";
import { dropPrivileges } from "../../../src/os/drop-privileges.ts";
import { threadsOf } from "../../../src/os/every-thread.ts";
import { openLibc } from "../../../src/os/libc.ts";
import { CONDITIONAL_CALLS, REFUSED_CALLS } from "../../../src/os/seccomp/calls.ts";
import { refuseSystemCalls } from "../../../src/os/seccomp/index.ts";
import { lastErrno, SystemCallError } from "../../../src/os/system-call.ts";

const libc = openLibc({ syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" } });
const index = process.arch === "arm64" ? 1 : 0;

/** Arguments that harm nobody where a call is not refused: descriptors that are none, null pointers. */
function call(number: number, ...args: number[]): string {
  const [a = -1, b = 0, c = 0, d = 0, e = 0] = args;
  return Number(libc.syscall(number, a, b, c, d, e)) < 0
    ? new SystemCallError("", lastErrno()).errnoName
    : "";
}

const [settings = "{}"] = process.argv.slice(2);
const worker = new Worker("data:text/javascript,postMessage(1); setInterval(() => {}, 1000)");
await new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
const before = threadsOf().length;
dropPrivileges({ keep: ["CAP_BPF"] });
refuseSystemCalls(JSON.parse(settings));

const conditional = Object.fromEntries(
  Object.entries(CONDITIONAL_CALLS).map(([name, numbers]) => [name, numbers[index]]),
);
const refused = Object.fromEntries(
  Object.entries(REFUSED_CALLS).flatMap(([name, numbers]) =>
    numbers[index] === undefined ? [] : [[name, call(numbers[index])]],
  ),
);
const SIGCHLD = 17;
const attempts = {
  spawn: attempt(() => Bun.spawnSync(["/bin/true"])),
  "clone of a process": call(conditional.clone!, SIGCHLD),
  clone3: call(conditional.clone3!, 0),
  "kill of process 1": call(conditional.kill!, 1),
  "kill of all": call(conditional.kill!, -1),
  "kill of itself": call(conditional.kill!, process.pid),
  "tgkill of process 1": call(conditional.tgkill!, 1, 1),
  "limits of process 1": call(conditional.prlimit64!, 1, 7),
  "own limits": call(conditional.prlimit64!, 0, 7),
  "signals of a file to process 1": call(conditional.fcntl!, 0, 8, 1),
  "which signal that is": call(conditional.fcntl!, 0, 10, 23),
  "signals of a terminal to process 1": call(conditional.ioctl!, 0, 0x8901, 0),
  "flags of a file": call(conditional.fcntl!, 0, 3),
  "priority of process 1": call(conditional.setpriority!, 0, 1, 5),
  "priority of a user": call(conditional.setpriority!, 2, 0, 5),
  "own priority": call(conditional.setpriority!, 0, 0, 5),
  "input and output of process 1": call(conditional.ioprio_set!, 1, 1, 3 << 13),
  "processors of process 1": call(conditional.sched_setaffinity!, 1, 0, 0),
  "class of process 1": call(conditional.sched_setscheduler!, 1, 5, 0),
  "packet socket": call(conditional.socket!, 17, 3),
  "vsock socket": call(conditional.socket!, 40, 1),
  "map creation": call(conditional.bpf!, 0, ptr(new Uint8Array(128)), 128),
  "map look-up": call(conditional.bpf!, 1, ptr(new Uint8Array(128)), 128),
  "program load": call(conditional.bpf!, 5, ptr(new Uint8Array(128)), 128),
  "a call of the future": call(900),
  "a call of x32": call(0x40000000 + 39),
};

function attempt(action: () => unknown): string {
  try {
    action();
    return "";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** What an agent does all day. */
const directory = mkdtempSync(join(tmpdir(), "tetrad-seccomp-"));
writeFileSync(join(directory, "a"), "x");
renameSync(join(directory, "a"), join(directory, "b"));
const text = readFileSync(join(directory, "b"), "utf8");
rmSync(directory, { recursive: true });
const late = new Worker("data:text/javascript,postMessage(2)");
const answer = await new Promise<number>((resolve) =>
  late.addEventListener("message", (event) => resolve((event as MessageEvent<number>).data), { once: true }),
);
late.terminate();
const { address } = await lookup("localhost", 4);
const receiver = await Bun.udpSocket({ hostname: "127.0.0.1" });
const zipped = Bun.gunzipSync(Bun.gzipSync(Buffer.from("zip"))).toString();
receiver.close();
let sum = 0;
for (let i = 0; i < 2e6; i++) sum += i % 7;
Bun.gc(true);
const work = { text, answer, address, zipped: Buffer.from(zipped.split(",").map(Number)).toString(), sum };
const threads = threadsOf().map((thread) => readPrivileges(thread)!.hasSystemCallFilter);
console.log(JSON.stringify({ refused, attempts, work, threads, before }));
process.exit(0);
