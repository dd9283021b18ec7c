import { expect, test } from "bun:test";
import { closeSync, readdirSync } from "node:fs";
import { Assembler } from "../../../src/kernel/asm/index.ts";
import type { ProgramSpec } from "../../../src/kernel/attach/index.ts";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { KernelObject, readVerifierLog, VerifierError } from "../../../src/kernel/loader/index.ts";
import { TracingProgramBuilder } from "../../../src/kernel/program/index.ts";
import { TetradError } from "../../../src/os/error.ts";
import type { Scope } from "../../../src/source/sensor/probe/index.ts";
import { missingFeature, probeKernel } from "../../../src/source/sensor/requirement.ts";
import {
  connectProgram,
  execProgram,
  exitProgram,
  forkProgram,
  networkMaps,
  networkProgram,
  SENSOR_HOOKS,
  sensorMaps,
  socketMemories,
} from "../sensor-programs.ts";
import { describeWithBpf, isOlderThan, ReplayedTypes } from "../support.ts";

const SCOPES: Record<string, Scope | undefined> = {
  "all processes": undefined,
  "a cgroup": { type: "cgroup" },
  "a PID namespace": { type: "pidns", inode: 4026531836 },
};

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describeWithBpf("the verifier", () => {
  const types = new KernelTypes(readKernelBtf());

  for (const [name, scope] of Object.entries(SCOPES)) {
    test(`accepts every program for ${name}`, () => {
      using object = new KernelObject();
      object.createMaps(sensorMaps(65536));
      object.load(forkProgram(types, scope));
      object.load(exitProgram(types, scope));
      for (const memory of socketMemories(types)) {
        using network = new KernelObject((map) => object.map(map));
        network.createMaps(networkMaps(memory));
        network.load(networkProgram(types, scope, memory));
      }
      for (const family of [4, 6] as const) object.load(connectProgram(types, family, scope));
      for (const isOn of [false, true]) {
        for (const cgroupSubsystem of [undefined, "memory_cgrp_id"]) {
          object.load(
            execProgram(types, {
              scope,
              credentials: isOn,
              namespaces: isOn,
              environment: isOn,
              cgroupSubsystem,
            }),
          );
        }
      }
    });
  }

  test("refuses a bad program, and the error names the instruction", () => {
    using object = new KernelObject();
    const tracepoint = "sched_process_exec";
    const assembly = new Assembler().note("a task").set("r1", 0).load(8, "r0", "r1", 0).exit().assemble();
    let error: unknown;
    try {
      const target = { name: tracepoint, id: types.tracepoint(tracepoint)!.id };
      object.load({ kind: "tp_btf", name: "bad", target, assembly });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TetradError);
    // "inv" is what kernels before 5.18 call a scalar.
    expect((error as TetradError).message.replace("'inv'", "'scalar'")).toBe(
      'Cannot load program "bad": the verifier refused instruction 1, r0 = *(u64 *)(r1 +0) (a task): ' +
        "R1 invalid mem access 'scalar'",
    );
    const cause = (error as TetradError).cause;
    expect(cause).toBeInstanceOf(VerifierError);
    expect((cause as VerifierError).instruction).toBe(1);
    expect((cause as VerifierError).log).toContain("processed 2 insns");
  });
});

describeWithBpf("KernelObject", () => {
  const types = new KernelTypes(readKernelBtf());

  test("closes everything when it is disposed of, twice too", () => {
    const before = openDescriptors();
    const object = new KernelObject();
    object.createMaps(sensorMaps(65536));
    object.attach(forkProgram(types, SCOPES["a cgroup"]));
    expect(openDescriptors()).toBe(before + 6);
    expect(object.map("tetrad_lost").sumPerCpu()).toBe(0);
    object[Symbol.dispose]();
    object[Symbol.dispose]();
    expect(openDescriptors()).toBe(before);
  });

  test("sums the first number of per-CPU values of any length, and refuses other maps", () => {
    using object = new KernelObject();
    object.createMaps([...sensorMaps(65536), ...networkMaps("storage")]);
    // The kernel writes all of each CPU's value, here 29 KB: many times, since what it would overwrite may be unused.
    for (let i = 0; i < 100; i++) expect(object.map("tetrad_scratch").sumPerCpu()).toBe(0);
    for (const map of ["tetrad_events", "tetrad_sockets"]) {
      expect(() => object.map(map).sumPerCpu()).toThrow(
        new RangeError(`Cannot sum map "${map}": it is no per-CPU array of values that begin with a u64`),
      );
    }
  });

  test("says what is wrong with a map that the kernel refuses", () => {
    using object = new KernelObject();
    expect(() => object.createMaps(sensorMaps(5000))).toThrow(
      'Cannot create map "tetrad_events": EINVAL, needs Linux 5.8, and of a ring buffer a size that is a power of two ' +
        "and a multiple of the page size",
    );
  });

  // Of the tracepoints whose first argument may be null one that every kernel has.
  test("loads a program that reads an argument which may be null", () => {
    using object = new KernelObject();
    const b = new TracingProgramBuilder(types, "tcp_send_reset");
    b.scalar(b.argument(0, "sock", "sock"), "sk_mark", "mark");
    object.load(b.build("tetrad_nullable"));
  });

  test("refuses a second map of one name, and leaves no descriptor behind", () => {
    const before = openDescriptors();
    {
      using object = new KernelObject();
      object.createMaps(sensorMaps(65536));
      const lost = object.map("tetrad_lost");
      expect(() => object.createMaps(sensorMaps(65536))).toThrow(
        new RangeError('Cannot create map "tetrad_events": there is one of that name'),
      );
      expect(object.map("tetrad_lost")).toBe(lost);
    }
    expect(openDescriptors()).toBe(before);
  });

  test("closes everything even when something cannot be closed, and then says so, once", () => {
    const before = openDescriptors();
    const object = new KernelObject();
    object.createMaps(sensorMaps(65536));
    object.attach(forkProgram(types, SCOPES["a cgroup"]));
    closeSync(object.map("tetrad_events").fd);
    expect(() => object[Symbol.dispose]()).toThrow("EBADF");
    expect(openDescriptors()).toBe(before);
    object[Symbol.dispose]();
  });

  test("has no recursion misses before it has programs, and none from programs that did not run", () => {
    using object = new KernelObject();
    expect(object.recursionMisses).toBe(0);
    object.createMaps(sensorMaps(65536));
    object.load(forkProgram(types, undefined));
    expect(object.recursionMisses).toBe(0);
  });

  // Before 5.12 a kernel runs a program inside itself: this one until the machine stops.
  test.skipIf(types.tracepoint("page_fault_kernel") === undefined || isOlderThan("5.12"))(
    "counts what the kernel did not run inside itself",
    () => {
      using object = new KernelObject();
      // A page fault of this process; the program's own one, which runs the other program; and the latter's, which
      // would run it inside itself.
      object.attach(faultingProgram("page_fault_kernel"), faultingProgram("page_fault_user"));
      // All of it is kept: memory that was used before has its pages already.
      const used: Uint8Array[] = [];
      while (object.recursionMisses === 0 && used.length < 50) used.push(new Uint8Array(1 << 22).fill(1));
      expect(object.recursionMisses).toBeGreaterThan(0);
    },
  );

  /** Reads where x86 never has memory: the hole that `Documentation/arch/x86/x86_64/mm.rst` keeps for hypervisors. */
  function faultingProgram(tracepoint: string): ProgramSpec<"tp_btf"> {
    const b = new TracingProgramBuilder(types, tracepoint);
    b.asm
      .set("r1", "r10")
      .alu("r1", "+=", b.asm.slot("nothing"))
      .set("r2", 8)
      .setWide("r3", 0xffff_8000_0000_0000n)
      .call("probe_read_kernel");
    return b.build("tetrad_fault");
  }
});

describeWithBpf("probeKernel()", () => {
  test("finds everything that the sensor needs, where it runs", () => {
    const before = openDescriptors();
    const probes = probeKernel(SENSOR_HOOKS);
    expect(probes.filter(({ answer, isRequired }) => isRequired && answer !== "yes")).toEqual([]);
    expect(missingFeature(probes)).toBeUndefined();
    expect(openDescriptors()).toBe(before);
  });

  test("names a hook that the kernel lacks, and what does not work without it", () => {
    const hook = { tracepoint: "no_such_thing", isRequired: false, purpose: "nothing" };
    expect(probeKernel([hook]).at(-1)).toEqual({
      name: "hook no_such_thing",
      answer: "no",
      found: "not in this kernel",
      advice: "needed for nothing",
      isRequired: false,
    });
  });
});

test("TracingProgramBuilder says that a tracepoint is missing", () => {
  const types = new ReplayedTypes({ members: {}, structs: {}, enumerators: {}, tracepoints: {} });
  expect(() => new TracingProgramBuilder(types, "no_such_thing")).toThrow(
    new TetradError("unsupported", 'Cannot find tracepoint "no_such_thing" in this kernel'),
  );
});

test("missingFeature() takes the first required thing that is missing, and says how to get it", () => {
  const probes = [
    { name: "a", answer: "no", found: "gone", isRequired: false },
    { name: "b", answer: "unknown", found: "?", isRequired: true },
    { name: "c", answer: "no", found: "not held", advice: "get it", isRequired: true },
    { name: "d", answer: "no", found: "gone", isRequired: true },
  ] as const;
  expect(missingFeature(probes)).toEqual(
    new TetradError("unsupported", "Cannot start the sensor: c: not held; get it"),
  );
});

test("readVerifierLog() finds the last instruction and the reason", () => {
  const log = [
    "0: R1=ctx() R10=fp0",
    "0: (bf) r6 = r1                       ; R1=ctx()",
    "1: (79) r0 = *(u64 *)(r1 +900)",
    "func 'x' doesn't have 113-th argument",
    "invalid bpf_context access off=900 size=8",
    "processed 2 insns (limit 1000000) max_states_per_insn 0",
    "",
  ].join("\n");
  expect(readVerifierLog(log)).toEqual({
    instruction: 1,
    reason: "invalid bpf_context access off=900 size=8",
  });
  expect(readVerifierLog("")).toEqual({ instruction: undefined, reason: "" });
});
