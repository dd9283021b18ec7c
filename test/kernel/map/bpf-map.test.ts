import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Assembler } from "../../../src/kernel/asm/index.ts";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { haveMapType } from "../../../src/kernel/feature/index.ts";
import { KernelObject, Program } from "../../../src/kernel/loader/index.ts";
import {
  BPF_MAP_TYPE,
  BpfMap,
  type BpfMapType,
  possibleCpuCount,
  UPDATE,
} from "../../../src/kernel/map/index.ts";
import { TracingProgramBuilder } from "../../../src/kernel/program/index.ts";
import { SymbolTable } from "../../../src/kernel/symbol/index.ts";
import { describeWithBpf } from "../support.ts";

function open(
  type: BpfMapType,
  sizes: { keySize?: number; valueSize?: number; maxEntries?: number } = {},
): BpfMap {
  return BpfMap.create({ name: "try", type, keySize: 4, valueSize: 4, maxEntries: 4, ...sizes });
}

const numbers = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : [...new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];

/** A program that looks a key of zeroes up and returns the first number of the value. */
function lookUp(map: string): Assembler {
  const a = new Assembler();
  const key = a.slot("key");
  a.store(8, "r10", key, 0).loadMap("r1", map).set("r2", "r10").alu("r2", "+=", key);
  return a.call("map_lookup_elem");
}

describeWithBpf("BpfMap", () => {
  for (const name of ["HASH", "LRU_HASH"] as const) {
    test(`${name}: puts, gives, lists and removes`, () => {
      using map = open(BPF_MAP_TYPE[name]);
      expect(map.lookup(1)).toBeUndefined();
      map.update(1, 10);
      map.update(2, 20);
      map.update(1, 11, UPDATE.EXIST);
      expect(numbers(map.lookup(1))).toEqual([11]);
      expect([...map.keys()].flatMap(numbers).sort()).toEqual([1, 2]);
      expect(() => map.update(1, 12, UPDATE.NOEXIST)).toThrow("EEXIST");
      expect(() => map.update(3, 12, UPDATE.EXIST)).toThrow("ENOENT");
      expect(map.delete(1)).toBe(true);
      expect(map.delete(1)).toBe(false);
      expect(map.lookup(1)).toBeUndefined();
    });
  }

  test("HASH: refuses what it has no room for", () => {
    using map = open(BPF_MAP_TYPE.HASH, { maxEntries: 1 });
    map.update(1, 1);
    expect(() => map.update(2, 1)).toThrow("E2BIG");
  });

  test("ARRAY: has all its values from the start", () => {
    using map = open(BPF_MAP_TYPE.ARRAY, { valueSize: 8 });
    map.update(3, 2n ** 40n);
    expect(numbers(map.lookup(3))).toEqual([0, 256]);
    expect(numbers(map.lookup(0))).toEqual([0, 0]);
    expect([...map.keys()]).toHaveLength(4);
  });

  for (const name of ["PERCPU_HASH", "PERCPU_ARRAY", "LRU_PERCPU_HASH"] as const) {
    test(`${name}: has a value for each CPU, at multiples of 8`, () => {
      using map = open(BPF_MAP_TYPE[name]);
      const values = new Uint32Array(possibleCpuCount() * 2).map((_, index) =>
        index % 2 === 0 ? index + 1 : 0,
      );
      map.update(0, new Uint8Array(values.buffer));
      expect(numbers(map.lookup(0))).toEqual([...values]);
    });
  }

  test("LPM_TRIE: finds the longest prefix", () => {
    using map = open(BPF_MAP_TYPE.LPM_TRIE, { keySize: 8 });
    const key = (bits: number, ...address: number[]) => new Uint8Array([bits, 0, 0, 0, ...address]);
    map.update(key(8, 10, 0, 0, 0), 1);
    map.update(key(24, 10, 1, 2, 0), 2);
    expect(numbers(map.lookup(key(32, 10, 1, 2, 3)))).toEqual([2]);
    expect(numbers(map.lookup(key(32, 10, 9, 9, 9)))).toEqual([1]);
    expect(map.lookup(key(32, 11, 0, 0, 0))).toBeUndefined();
  });

  for (const name of ["ARRAY_OF_MAPS", "HASH_OF_MAPS"] as const) {
    test(`${name}: leads a program to the map that was put in last`, () => {
      const inner = { name: "inner", type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: 4, maxEntries: 1 };
      using object = new KernelObject();
      object.createMaps([
        { name: "outer", type: BPF_MAP_TYPE[name], keySize: 4, valueSize: 4, maxEntries: 1, inner },
      ]);
      const a = lookUp("outer").jumpIf("r0", "==", 0, "out").set("r1", "r0").set("r2", "r10");
      a.alu("r2", "+=", a.slot("key")).call("map_lookup_elem").jumpIf("r0", "==", 0, "out");
      a.load(4, "r0", "r0", 0).label("out").exit();
      const program = object.load({ kind: "socket", name: "try", assembly: a.assemble() });
      for (const value of [7, 8]) {
        using filled = BpfMap.create(inner);
        filled.update(0, value);
        object.map("outer").update(0, filled.fd);
        expect(program.run(new Uint8Array(14))).toBe(value);
      }
    });
  }

  test("PROG_ARRAY: a program goes on in the one that was put in, and returns itself where there is none", () => {
    using object = new KernelObject();
    object.createMaps([
      { name: "calls", type: BPF_MAP_TYPE.PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: 2 },
    ]);
    const a = new Assembler().loadMap("r2", "calls").set("r3", 1).call("tail_call").set("r0", 1).exit();
    const caller = object.load({ kind: "socket", name: "caller", assembly: a.assemble() });
    const assembly = new Assembler().set("r0", 42).exit().assemble();
    const callee = object.load({ kind: "socket", name: "callee", assembly });
    expect(caller.run(new Uint8Array(14))).toBe(1);
    object.map("calls").update(1, callee.fd);
    expect(caller.run(new Uint8Array(14))).toBe(42);
  });

  test("PERF_EVENT_ARRAY is created, with room for each CPU's events", () => {
    using events = open(BPF_MAP_TYPE.PERF_EVENT_ARRAY, { maxEntries: possibleCpuCount() });
    expect(events.fd).toBeGreaterThan(2);
  });

  test("STACK_TRACE: a program remembers where it was called, and the addresses have names", () => {
    using object = new KernelObject();
    object.createMaps([
      { name: "stacks", type: BPF_MAP_TYPE.STACK_TRACE, keySize: 4, valueSize: 8 * 127, maxEntries: 64 },
      { name: "last", type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 },
    ]);
    const b = new TracingProgramBuilder(new KernelTypes(readKernelBtf()), "sys_enter");
    b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32);
    b.leaveIf("r0", "!=", process.pid);
    b.asm.set("r1", b.context).loadMap("r2", "stacks").set("r3", 0).call("get_stackid");
    b.leaveIf("r0", "s<", 0);
    const [key, last] = [b.asm.slot("key"), b.asm.slot("last")];
    b.asm.store(8, "r10", key, 0).alu("r0", "+=", 1).store(8, "r10", last, "r0");
    b.mapUpdate("last", key, last);
    using _ = object.attach(b.build("try"))[0]!;
    readdirSync("/");
    const [id = 0] = numbers(object.map("last").lookup(0))!;
    expect(id).toBeGreaterThan(0);
    const stack = object.map("stacks").lookup(id - 1)!;
    const addresses = [...new BigUint64Array(stack.buffer)].filter((address) => address !== 0n);
    expect(addresses.length).toBeGreaterThan(0);
    const symbols = new SymbolTable();
    const names = addresses.map((address) => symbols.find(address)?.name ?? "");
    expect(names.join(" ")).toMatch(/syscall/);
  });

  for (const name of ["SK_STORAGE", "INODE_STORAGE", "TASK_STORAGE", "CGRP_STORAGE"] as const) {
    const { answer } = haveMapType(BPF_MAP_TYPE[name]);
    test.skipIf(answer !== "yes")(`${name} is created with the types that the kernel asks for`, () => {
      using map = open(BPF_MAP_TYPE[name], { valueSize: 24, maxEntries: 0 });
      expect(map.fd).toBeGreaterThan(2);
    });
  }

  test.skipIf(haveMapType(BPF_MAP_TYPE.TASK_STORAGE).answer !== "yes")(
    "TASK_STORAGE: a program keeps a number with the task, and finds it there the next time",
    () => {
      using object = new KernelObject();
      object.createMaps([
        { name: "tasks", type: BPF_MAP_TYPE.TASK_STORAGE, keySize: 4, valueSize: 8, maxEntries: 0 },
        { name: "count", type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 },
      ]);
      const b = new TracingProgramBuilder(new KernelTypes(readKernelBtf()), "sys_enter");
      b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32);
      b.leaveIf("r0", "!=", process.pid);
      b.asm.call("get_current_task_btf").loadMap("r1", "tasks").set("r2", "r0").set("r3", 0).set("r4", 1);
      b.asm.call("task_storage_get");
      b.leaveIf("r0", "==", 0);
      const count = b.asm.slot("count");
      b.asm.load(8, "r1", "r0", 0).alu("r1", "+=", 1).store(8, "r0", 0, "r1").store(8, "r10", count, "r1");
      b.asm.store(4, "r10", b.asm.slot("key", 4), 0);
      b.mapUpdate("count", b.asm.slot("key", 4), count);
      object.attach(b.build("try"));
      for (let i = 0; i < 10; i++) readdirSync("/");
      expect(numbers(object.map("count").lookup(0))![0]).toBeGreaterThanOrEqual(10);
    },
  );

  test("refuses keys and values of another size", () => {
    using map = open(BPF_MAP_TYPE.HASH, { valueSize: 24 });
    expect(() => map.lookup(new Uint8Array(5))).toThrow(
      new RangeError('Cannot use 5 bytes as key of map "try": it has 4'),
    );
    expect(() => map.update(1, 1)).toThrow(
      new RangeError('Cannot use a number as value of map "try": it has 24 bytes'),
    );
  });

  test("cannot be used when it is closed, and closes twice", () => {
    const map = open(BPF_MAP_TYPE.HASH);
    map[Symbol.dispose]();
    map[Symbol.dispose]();
    expect(() => map.lookup(1)).toThrow(new RangeError("Cannot use a descriptor: it is closed"));
  });

  test("stays for a program that refers to it", () => {
    const map = BpfMap.create({
      name: "m",
      type: BPF_MAP_TYPE.ARRAY,
      keySize: 4,
      valueSize: 4,
      maxEntries: 1,
    });
    map.update(0, 9);
    const a = lookUp("m").jumpIf("r0", "==", 0, "out").load(4, "r0", "r0", 0).label("out").exit();
    using program = Program.load({ kind: "socket", name: "try", assembly: a.assemble() }, () => map);
    map[Symbol.dispose]();
    expect(program.run(new Uint8Array(14))).toBe(9);
  });
});

describe("possibleCpuCount()", () => {
  test("is at least the number of those that run", () => {
    expect(possibleCpuCount()).toBeGreaterThanOrEqual(navigator.hardwareConcurrency);
  });
});
