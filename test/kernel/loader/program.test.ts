import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Assembler, type Assembly } from "../../../src/kernel/asm/index.ts";
import { KernelTypes, readKernelBtf } from "../../../src/kernel/btf/index.ts";
import { KernelObject, Program, VerifierError } from "../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE, BpfMap } from "../../../src/kernel/map/index.ts";
import { ProgramBuilder, RecordWriter, TracingProgramBuilder } from "../../../src/kernel/program/index.ts";
import { createRecordView, defineRecord } from "../../../src/kernel/record/index.ts";
import { RingBuffer } from "../../../src/kernel/ringbuf/index.ts";
import { PAGE_SIZE } from "../../../src/os/mapping.ts";
import { describeWithBpf } from "../support.ts";

const openDescriptors = () => readdirSync("/proc/self/fd").length;
const layout = defineRecord({ pid: "u32", mark: "u32" }, {});
const ringMap = { name: "ring", type: BPF_MAP_TYPE.RINGBUF, keySize: 0, valueSize: 0, maxEntries: PAGE_SIZE };
const lostMap = { name: "lost", type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 };
const returning = (value: number): Assembly => new Assembler().set("r0", value).exit().assemble();

describeWithBpf("Program, Link and BpfMap", () => {
  const types = new KernelTypes(readKernelBtf());

  /** Writes a record at each system call of this process. */
  function marking(mark: number, wakesReader = false) {
    const b = new TracingProgramBuilder(types, "sys_enter");
    b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32);
    b.leaveIf("r0", "!=", process.pid);
    const record = RecordWriter.inRing(b, layout, {
      ring: "ring",
      lost: "lost",
      scratch: "lost",
      wakesReader,
    });
    record.constant("pid", process.pid);
    record.constant("mark", mark);
    record.submit();
    return b.build("tetrad_try");
  }

  /** Which marks the records have that there are. */
  function marks(ring: RingBuffer): Set<number> {
    const view = createRecordView(layout, ring.memory);
    const found = new Set<number>();
    ring.read((offset) => {
      found.add(view.at(offset).mark);
    });
    return found;
  }

  test("on a socket ends with its link, also where the socket was closed first and its number is another's", async () => {
    const before = openDescriptors();
    const open = async () => {
      const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
      return { socket, fd: (socket as unknown as { readonly fd: number }).fd };
    };
    using object = new KernelObject();
    const spec = { kind: "socket", name: "try", assembly: returning(1) } as const;
    const first = await open();
    const link = object.attachTo(spec, { fd: first.fd });
    first.socket.close();
    const second = await open();
    expect(second.fd).toBe(first.fd);
    const other = object.attachTo(spec, { fd: second.fd });
    link[Symbol.dispose]();
    // Fails where the program has gone from the second one.
    other[Symbol.dispose]();
    second.socket.close();
    object[Symbol.dispose]();
    expect(openDescriptors()).toBe(before);
  });

  test("come and go one by one while others stay", () => {
    using object = new KernelObject();
    object.createMaps([ringMap, lostMap]);
    using ring = new RingBuffer(object.map("ring").fd, PAGE_SIZE);
    const [first] = object.attach(marking(1));
    readdirSync("/");
    expect(marks(ring)).toEqual(new Set([1]));
    // Further ones later, with maps that are there already.
    const other = new KernelObject((name) => object.map(name));
    other.attach(marking(2));
    readdirSync("/");
    expect(marks(ring)).toEqual(new Set([1, 2]));
    first![Symbol.dispose]();
    marks(ring);
    readdirSync("/");
    expect(marks(ring)).toEqual(new Set([2]));
    other[Symbol.dispose]();
    marks(ring);
    readdirSync("/");
    expect(marks(ring)).toEqual(new Set());
  });

  test("an object forgets what went alone: its name is free, and nothing asks it any more", () => {
    const before = openDescriptors();
    using object = new KernelObject();
    for (let round = 0; round < 3; round++) {
      object.createMaps([ringMap, lostMap]);
      const program = object.load(marking(round));
      using link = program.attach();
      expect(link.isAttached).toBe(true);
      expect(object.recursionMisses).toBeGreaterThanOrEqual(0);
      for (const name of ["ring", "lost"]) object.map(name)[Symbol.dispose]();
      program[Symbol.dispose]();
      expect(object.recursionMisses).toBeGreaterThanOrEqual(0);
      expect(() => object.map("ring")).toThrow(new RangeError('Cannot find map "ring": it was not created'));
    }
    expect(openDescriptors()).toBe(before);
  });

  test("a link keeps its program running when the program and its maps are closed", () => {
    const before = openDescriptors();
    {
      using map = BpfMap.create(ringMap);
      using ring = new RingBuffer(map.fd, PAGE_SIZE);
      using lost = BpfMap.create(lostMap);
      const program = Program.load(marking(3), (name) => (name === "ring" ? map : lost));
      using link = program.attach();
      program[Symbol.dispose]();
      program[Symbol.dispose]();
      lost[Symbol.dispose]();
      readdirSync("/");
      expect(marks(ring)).toEqual(new Set([3]));
      expect(() => program.attach()).toThrow(new RangeError("Cannot use a descriptor: it is closed"));
      expect(link.isAttached).toBe(true);
    }
    expect(openDescriptors()).toBe(before);
  });

  test("wait() ends at the first record of a writer that wakes, and after the time-out", () => {
    using object = new KernelObject();
    object.createMaps([ringMap, lostMap]);
    using ring = new RingBuffer(object.map("ring").fd, PAGE_SIZE);
    expect(ring.wait(0)).toBe(false);
    object.attach(marking(4, true));
    // Waiting is a system call itself.
    expect(ring.wait(10_000)).toBe(true);
    expect(marks(ring)).toEqual(new Set([4]));
  });

  test("a program that refers to a map which is not there is refused", () => {
    const assembly = new Assembler().loadMap("r1", "gone").set("r0", 0).exit().assemble();
    expect(() => Program.load({ kind: "socket", name: "try", assembly })).toThrow(
      new RangeError('Cannot find map "gone": the program was loaded without maps'),
    );
    using object = new KernelObject();
    expect(() => object.load({ kind: "socket", name: "try", assembly })).toThrow(
      new RangeError('Cannot find map "gone": it was not created'),
    );
  });

  test("attach() says what could not be attached to what, and leaves nothing open", () => {
    using object = new KernelObject();
    const program = object.load({ kind: "raw_tp", name: "try", assembly: returning(0) });
    const before = openDescriptors();
    expect(() => program.attach("no_such_tracepoint")).toThrow(
      'Cannot attach "try" to tracepoint "no_such_tracepoint": ENOENT',
    );
    const connect = object.load({ kind: "cgroup/connect4", name: "try", assembly: returning(1) });
    expect(() => connect.attach({ directory: "/nonexistent" })).toThrow(
      'Cannot attach "try" to cgroup "/nonexistent": ENOENT',
    );
    const probe = object.load({ kind: "uprobe", name: "try", assembly: returning(0) });
    expect(() => probe.attach({ path: "/nonexistent", offset: 0n })).toThrow(
      'Cannot attach "try" to "/nonexistent" at 0: ENOENT',
    );
    expect(openDescriptors()).toBe(before + 2);
  });

  test("a refused program's log grows until all of it fits, and is kept whole", () => {
    const b = new ProgramBuilder(types, 0);
    // Each way through these is looked at: more than a log of 64 KiB has room for.
    for (let i = 0; i < 2000; i++) b.asm.note(`step ${i}`).store(8, "r10", b.asm.slot("x"), i);
    b.asm.note("too far").load(8, "r1", "r10", 8);
    let error: unknown;
    try {
      Program.load(b.program("raw_tp", "try"));
    } catch (thrown) {
      error = thrown;
    }
    const { message, cause } = error as Error & { cause: VerifierError };
    expect(cause).toBeInstanceOf(VerifierError);
    expect(message).toMatch(
      /^Cannot load program "try": the verifier refused instruction 2001, r1 = \*\(u64 \*\)\(r10 \+8\) \(too far\): invalid /,
    );
    expect(message.length).toBeLessThan(250);
    expect(cause.log.length).toBeGreaterThan(1 << 16);
    expect(cause.log).toMatch(/^0: .*[\s\S]*\n1: .*[\s\S]*processed \d+ insns/m);
  });
});

test("what a program is attached to is a matter of its kind, which the compiler checks", () => {
  const refused = [
    // @ts-expect-error A kprobe needs a function.
    (program: Program<"kprobe">) => program.attach(),
    // @ts-expect-error A tracepoint by name is a name.
    (program: Program<"raw_tp">) => program.attach({ symbol: "do_unlinkat" }),
    // @ts-expect-error A program for one function has it already.
    (program: Program<"fentry">) => program.attach({ symbol: "do_unlinkat" }),
    // @ts-expect-error A program for one function is loaded for it.
    () => Program.load({ kind: "fentry", name: "try", assembly: returning(0) }),
  ];
  expect(refused).toHaveLength(4);
});
