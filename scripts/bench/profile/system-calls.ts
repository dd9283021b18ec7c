/**
 * @module How often a process enters the kernel, by which system call, and how long it stays: two programs at the
 * tracepoints of every system call, which count those of one process. It takes root; no tool has to be installed.
 */
import { Assembler, type Assembly } from "../../../src/kernel/asm/index.ts";
import { KernelObject } from "../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE } from "../../../src/kernel/map/index.ts";
import { nameOfCall } from "./call-names.ts";

/** System calls of one number. */
export interface CallCost {
  readonly name: string;
  readonly calls: number;
  /** From entry to return, waits included, nanoseconds. */
  readonly nanoseconds: number;
}

/** Numbers that are counted: more than there are. */
const NUMBERS = 512;
/** Threads of a process that are in a system call at a time. */
const THREADS = 1024;
/** What is kept of a call under way: when it began, and its number. */
const TIME = 0;
const NUMBER = 8;
/** What is kept of a number: calls, and their nanoseconds. */
const CALLS = 0;
const SPENT = 8;

/** Goes to `out` unless the current process is the one that is measured. The thread is in slot `thread` then. */
function ofTarget(a: Assembler): void {
  a.set("r6", "r1").call("get_current_pid_tgid").set("r7", "r0");
  a.store(8, "r10", a.slot("thread", 8), "r7");
  a.store(4, "r10", a.slot("key", 4), 0);
  a.loadMap("r1", "target").set("r2", "r10").alu("r2", "+=", a.slot("key", 4)).call("map_lookup_elem");
  a.jumpIf("r0", "==", 0, "out").load(4, "r1", "r0", 0);
  a.alu("r7", ">>=", 32).jumpIf("r7", "!=", "r1", "out");
}

function finish(a: Assembler): Assembly {
  return a.label("out").set("r0", 0).exit().assemble();
}

/** `sys_enter(struct pt_regs *regs, long id)` */
function enterProgram(): Assembly {
  const a = new Assembler();
  ofTarget(a);
  const state = a.slot("state", 16);
  a.call("ktime_get_ns").store(8, "r10", state + TIME, "r0");
  a.load(8, "r1", "r6", 8).store(8, "r10", state + NUMBER, "r1");
  a.loadMap("r1", "under_way").set("r2", "r10").alu("r2", "+=", a.slot("thread", 8));
  a.set("r3", "r10").alu("r3", "+=", state).set("r4", 0).call("map_update_elem");
  return finish(a);
}

/** `sys_exit(struct pt_regs *regs, long ret)` */
function exitProgram(): Assembly {
  const a = new Assembler();
  ofTarget(a);
  a.loadMap("r1", "under_way").set("r2", "r10").alu("r2", "+=", a.slot("thread", 8));
  a.call("map_lookup_elem").jumpIf("r0", "==", 0, "out").set("r8", "r0");
  a.call("ktime_get_ns").load(8, "r1", "r8", TIME).alu("r0", "-=", "r1").set("r9", "r0");
  a.load(8, "r1", "r8", NUMBER).jumpIf("r1", ">=", NUMBERS, "out");
  a.store(4, "r10", a.slot("key", 4), "r1");
  a.loadMap("r1", "spent").set("r2", "r10").alu("r2", "+=", a.slot("key", 4)).call("map_lookup_elem");
  a.jumpIf("r0", "==", 0, "out").set("r1", 1);
  a.atomicAdd(8, "r0", CALLS, "r1").atomicAdd(8, "r0", SPENT, "r9");
  return finish(a);
}

/** Counts as long as it is not disposed of. */
export class SystemCallCounter implements Disposable {
  readonly #object = new KernelObject();

  /** @throws TetradError where the kernel refuses: it takes root. */
  constructor() {
    const hash = { type: BPF_MAP_TYPE.HASH, keySize: 8, valueSize: 16, maxEntries: THREADS };
    const array = { type: BPF_MAP_TYPE.ARRAY, keySize: 4 };
    try {
      this.#object.createMaps([
        { name: "target", ...array, valueSize: 4, maxEntries: 1 },
        { name: "under_way", ...hash },
        { name: "spent", ...array, valueSize: 16, maxEntries: NUMBERS },
      ]);
      this.#object.attachTo({ kind: "raw_tp", name: "enter", assembly: enterProgram() }, "sys_enter");
      this.#object.attachTo({ kind: "raw_tp", name: "exit", assembly: exitProgram() }, "sys_exit");
    } catch (error) {
      this.#object[Symbol.dispose]();
      throw error;
    }
  }

  /** Whose calls are counted from now on: a process of the host's PID namespace. */
  follow(pid: number): void {
    this.#object.map("target").update(0, pid);
  }

  /** What was counted, the longest first. */
  costs(): CallCost[] {
    const spent = this.#object.map("spent");
    const costs = Array.from({ length: NUMBERS }, (_, number) => {
      const value = spent.lookup(number)!;
      const view = new DataView(value.buffer, value.byteOffset);
      return {
        name: nameOfCall(number),
        calls: Number(view.getBigUint64(CALLS, true)),
        nanoseconds: Number(view.getBigUint64(SPENT, true)),
      };
    });
    return costs.filter(({ calls }) => calls > 0).toSorted((a, b) => b.nanoseconds - a.nanoseconds);
  }

  [Symbol.dispose](): void {
    this.#object[Symbol.dispose]();
  }
}
