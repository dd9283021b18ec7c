/** Stacks as programs of policies take them, on this kernel: with build ids, which say what files they are in when the process has ended. */
import { expect, test } from "bun:test";
import { KernelObject } from "../../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE } from "../../../../src/kernel/map/index.ts";
import { ProgramBuilder } from "../../../../src/kernel/program/index.ts";
import { emitStacks, STACKS } from "../../../../src/policy/compile/stack-trace.ts";
import { RunningKernel } from "../../../../src/source/sensor/policy/kernel.ts";
import { StackTraces } from "../../../../src/source/sensor/policy/stack-trace.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { until } from "../support.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const MAP = "stack";
const region = (offset: number, length: number, capacity: number) => ({
  ...{ offset, length, capacity, start: undefined },
});
const USER = region(16, 0, STACKS.user.size);
const BUILD_ID = region(16 + STACKS.user.size, 4, STACKS.build_id.size);
const VALUE_SIZE = BUILD_ID.offset + BUILD_ID.capacity;

/** Takes both stacks of one process where it yields. */
function program(pid: number) {
  const b = new ProgramBuilder(new RunningKernel("").types, 0);
  const { asm } = b;
  asm.load(8, "r1", b.context, 8);
  b.leaveIf("r1", "!=", SCHED_YIELD);
  asm.call("get_current_pid_tgid").alu("r0", ">>=", 32);
  b.leaveIf("r0", "!=", pid);
  const key = asm.slot("key", 4);
  asm.store(4, "r10", key, 0);
  b.mapLookup(MAP, key);
  b.leaveIf("r0", "==", 0);
  using memory = asm.hold("memory");
  asm.set(memory, "r0");
  const shared = { selectors: [], isOfReturn: false };
  const stacks = [
    { kind: "user", region: USER, ...shared },
    { kind: "build_id", region: BUILD_ID, ...shared },
  ] as const;
  emitStacks(b, memory, stacks, () => {});
  return b.program("raw_tp", "tetrad_test");
}

describeWithBpf("the stack of a process", () => {
  test("is known when it has ended, by what other processes have mapped", async () => {
    const binary = "/usr/bin/python3";
    const child = Bun.spawn(
      [binary, "-c", "import os, sys; sys.stdin.readline(); os.sched_yield(); sys.stdin.readline()"],
      {
        stdin: "pipe",
      },
    );
    using object = new KernelObject();
    object.createMaps([
      { name: MAP, type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: VALUE_SIZE, maxEntries: 1 },
    ]);
    using _ = object.load(program(child.pid)).attach("sys_enter");
    child.stdin.write("\n");
    child.stdin.flush();
    let value = new Uint8Array(VALUE_SIZE);
    await until(() => {
      value = Uint8Array.from(object.map(MAP).lookup(new Uint8Array(4))!);
      return new DataView(value.buffer).getUint32(BUILD_ID.length, true) > 0;
    }, "the stack is taken");
    const view = new DataView(value.buffer);
    const addresses = new BigUint64Array(
      value.slice(USER.offset, USER.offset + view.getUint32(USER.length, true)).buffer,
    );
    const frames = value.slice(BUILD_ID.offset, BUILD_ID.offset + view.getUint32(BUILD_ID.length, true));
    const traces = new StackTraces("/proc");
    traces.prepare({ kernel: false, user: true });
    const stack = { pid: child.pid, binary, addresses, frames };
    const { entries } = traces.ofProcess(stack);
    expect(entries[0]).toMatchObject({
      symbol: expect.stringContaining("sched_yield"),
      module: expect.stringContaining("libc"),
    });
    child.stdin.write("\n");
    child.stdin.end();
    await child.exited;
    expect(traces.ofProcess(stack).entries).toEqual(entries);
  });
});
