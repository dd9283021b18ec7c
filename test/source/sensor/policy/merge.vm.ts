/** What a function is given and what it returns are one event, whatever happens in between. */
import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { HookTarget, Policy } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor, type SensorEvent } from "../support.ts";
import { argument, hook, policy, returned } from "./made-policy.ts";

interface Call {
  readonly process: { readonly binary: string; readonly pid: number; readonly exec_id: string };
  readonly parent?: object;
  readonly function_name: string;
  readonly args: readonly Record<string, unknown>[];
  readonly return?: object;
}

/** Runs a program of Python's while policies watch it. @returns All events, in their order. */
async function eventsOf(policies: readonly Policy[], program: string): Promise<readonly SensorEvent[]> {
  await using enclosure = await createPidNamespace();
  const sensor = await RunningSensor.start({ scope: enclosure.scope, policies });
  await enclosure.run(["python3", "-c", program]);
  await sensor[Symbol.asyncDispose]();
  expect(sensor.counters.lost).toBe(0);
  return sensor.events;
}

function callIn(event: SensorEvent): Call | undefined {
  return (event as { process_kprobe?: Call }).process_kprobe;
}

const directory = mkdtempSync("/var/tmp/merge-");
const syscall = (name: string): HookTarget => ({ kind: "syscall", name, abis: ["native"] });

describeWithBpf("what a function returns", () => {
  test("belongs to its own call where calls nest: a directory of an overlay is made in the layer below, too", async () => {
    const events = await eventsOf(
      [
        policy(
          "mkdir",
          hook({ kind: "function", name: "vfs_mkdir" }, [argument(1, "dentry"), argument(2, "dentry")], {
            returnValue: returned("int"),
          }),
        ),
      ],
      `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
os.chdir("${directory}")
libc.unshare(0x20000)
libc.mount(b"none", b"/", None, 0x44000, None)
libc.mount(b"tmpfs", b"${directory}", b"tmpfs", 0, None)
os.chdir("${directory}")
for name in ("low", "up", "work", "all"): os.mkdir(name)
if libc.mount(b"overlay", b"all", b"overlay", 0, b"lowerdir=low,upperdir=up,workdir=work"): raise OSError(ctypes.get_errno(), "mount")
os.mkdir("all/nested")
try: os.mkdir("all/nested")
except FileExistsError: pass
`,
    );
    const calls = events
      .flatMap((event) => callIn(event) ?? [])
      .filter(({ args }) => JSON.stringify(args).includes("nested"));
    const paths = calls.map(({ args }) => JSON.stringify(args));
    // The inner call returns first, and is its own event.
    expect(paths.some((path) => path.includes('"/up/nested"') || path.includes('"/work/'))).toBe(true);
    expect(paths.at(-1)).toContain('"/nested"');
    for (const call of calls) expect(call.return).toEqual({ int_arg: 0 });
    expect(calls.length).toBeGreaterThanOrEqual(2);
  });

  // An emulated machine has one processor, unless it is asked for more: kernel-vm --cpus 2.
  test.skipIf(availableParallelism() < 2)("comes from another processor", async () => {
    const events = await eventsOf(
      [
        policy(
          "move",
          hook(syscall("sched_setaffinity"), [argument(0, "int"), argument(1, "uint64")], {
            returnValue: returned("int"),
          }),
        ),
      ],
      `
import os
for cpu in (0, 1, 0, 1): os.sched_setaffinity(0, {cpu})
`,
    );
    const calls = events.flatMap((event) => callIn(event) ?? []);
    expect(calls).toHaveLength(4);
    for (const { args, return: value } of calls) {
      expect(args[0]).toEqual({ int_arg: 0 });
      expect(value).toEqual({ int_arg: 0 });
    }
  });

  test("is one event, before the end of the process, where that is killed in the call", async () => {
    const events = await eventsOf(
      [policy("read", hook(syscall("pause"), [], { returnValue: returned("int") }))],
      `
import os, signal, time
told, tell = os.pipe()
pid = os.fork()
if pid == 0:
  # The number that the child has where /proc is of, which is not this namespace.
  os.write(tell, os.readlink("/proc/self").encode())
  signal.pause()
outer = os.read(told, 16).decode()
while not open(f"/proc/{outer}/stat").read().split(") ")[1].startswith("S"): time.sleep(0.01)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
`,
    );
    const at = events.findIndex((event) => callIn(event) !== undefined);
    const call = callIn(events[at]!)!;
    // ERESTARTNOHAND: the system call is not restarted, since its process is no more.
    expect(call.return).toEqual({ int_arg: -514 });
    expect(events.filter((event) => callIn(event) !== undefined)).toHaveLength(1);
    const exit = events.findIndex(
      ({ process_exit }) => process_exit !== undefined && process_exit.process.pid === call.process.pid,
    );
    expect(exit).toBeGreaterThan(at);
    expect(call.parent).toBeDefined();
  });

  test("comes where a thread executes a program that is not the first one of its process, and so takes another number", async () => {
    const events = await eventsOf(
      [policy("exec", hook(syscall("execve"), [argument(0, "string")], { returnValue: returned("int") }))],
      `
import os, threading, time
threading.Thread(target=lambda: os.execv("/bin/true", ["true"])).start()
time.sleep(600)
`,
    );
    const calls = events
      .flatMap((event) => callIn(event) ?? [])
      .filter(({ args }) => args[0]!.string_arg === "/bin/true");
    expect(calls.map(({ return: value }) => value)).toEqual([{ int_arg: 0 }]);
  });

  test("is left out of a call that never returns, which is an event all the same", async () => {
    const events = await eventsOf(
      [policy("end", hook(syscall("exit_group"), [argument(0, "int")], { returnValue: returned("int") }))],
      "import os; os._exit(7)",
    );
    const calls = events.flatMap((event) => callIn(event) ?? []).filter(({ args }) => args[0]!.int_arg === 7);
    expect(calls).toHaveLength(1);
    expect(calls[0]!.return).toBeUndefined();
  });
});
