/** What enforcers are told, by a program at one place, and taken out by another: at the two ends of a system call, which every kernel has. */
import { expect, test } from "bun:test";
import { KernelObject } from "../../../src/kernel/loader/index.ts";
import { ProgramBuilder, type Scalar } from "../../../src/kernel/program/index.ts";
import {
  emitCleanup,
  emitNotification,
  emitTaking,
  enforcerMap,
} from "../../../src/policy/compile/enforcer.ts";
import { RunningKernel } from "../../../src/source/sensor/policy/kernel.ts";
import { describeWithBpf } from "../../kernel/support.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const SIGUSR1 = 10;
/** Yields where it is told so, and says each time how many signals it had by then. */
const CHILD = `
import os, signal, sys
count = 0
def had(*_):
    global count
    count += 1
signal.signal(signal.SIGUSR1, had)
for line in sys.stdin:
    if line == "yield\\n": os.sched_yield()
    print(count, flush=True)
`;

/** A program for one process; `body` is reached where it yields, if that is asked for. */
function programFor(pid: number, yields: boolean, body: (b: ProgramBuilder, pidTgid: Scalar) => void) {
  const b = new ProgramBuilder(new RunningKernel("").types, 0);
  const { asm } = b;
  const pidTgid: Scalar = { slot: asm.slot("process") };
  if (yields) {
    asm.load(8, "r1", b.context, 8);
    b.leaveIf("r1", "!=", SCHED_YIELD);
  }
  asm.call("get_current_pid_tgid").store(8, "r10", pidTgid.slot, "r0").alu("r0", ">>=", 32);
  b.leaveIf("r0", "!=", pid);
  body(b, pidTgid);
  return b.program("raw_tp", "tetrad_test");
}

async function start() {
  const child = Bun.spawn(["/usr/bin/python3", "-c", CHILD], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  let text = "";
  const ask = async (word: string) => {
    child.stdin.write(`${word}\n`);
    child.stdin.flush();
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the process has ended: ${await child.exited} ${child.signalCode}`);
      text += new TextDecoder().decode(value);
    }
    const end = text.indexOf("\n");
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return Number(line);
  };
  const object = new KernelObject();
  object.createMaps([enforcerMap()]);
  const links = new DisposableStack();
  return {
    /** From now on the program runs, until {@link detach}. */
    attach(place: "sys_enter" | "sys_exit", body: (b: ProgramBuilder, pidTgid: Scalar) => void) {
      const program = object.load(programFor(child.pid, place === "sys_enter", body));
      return links.use(program.attach(place));
    },
    yields: () => ask("yield"),
    /** Waits until it has had so many signals, which come when the kernel has the time. */
    async hadSignals(count: number) {
      let had = 0;
      while (had < count) had = await ask("");
      expect(had).toBe(count);
    },
    async [Symbol.asyncDispose]() {
      links.dispose();
      object[Symbol.dispose]();
      child.kill();
      await child.exited;
    },
  };
}

/** Takes what enforcer 1 is told. */
function take(b: ProgramBuilder): void {
  using error = b.asm.hold("error");
  emitTaking(b, 1, error);
}

const notify =
  (enforcer: number) =>
  (b: ProgramBuilder, pidTgid: Scalar): void =>
    emitNotification(b, { pidTgid, enforcer, onMissed: () => {} }, { error: -13, signal: SIGUSR1 });

describeWithBpf("a note for an enforcer", () => {
  test("is taken once, by the enforcer that it is for", async () => {
    await using running = await start();
    await running.yields();
    running.attach("sys_exit", take);
    const other = running.attach("sys_enter", notify(2));
    await running.yields();
    other[Symbol.dispose]();
    const own = running.attach("sys_enter", notify(1));
    await running.yields();
    await running.hadSignals(1);
    await running.yields();
    await running.hadSignals(2);
    own[Symbol.dispose]();
    await running.yields();
    await running.hadSignals(2);
  });

  test("is forgotten where that is asked for", async () => {
    await using running = await start();
    await running.yields();
    running.attach("sys_exit", take);
    const forgotten = running.attach("sys_enter", (b, pidTgid) => {
      notify(1)(b, pidTgid);
      emitCleanup(b, pidTgid, 1);
    });
    await running.yields();
    forgotten[Symbol.dispose]();
    running.attach("sys_enter", notify(1));
    await running.yields();
    await running.hadSignals(1);
  });
});
