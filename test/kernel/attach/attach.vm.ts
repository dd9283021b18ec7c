/**
 * Each kind of program, attached and seen to run: a program writes a record, this process does what the program is
 * attached to, the record is read; then the link goes, and there is no further record. In a virtual machine, since a host
 * may refuse some kinds: `bun test/vm/run.ts 6.1 test/kernel/attach/attach.vm.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import type { RegisterOperand } from "../../../src/kernel/asm/index.ts";
import {
  type AttachTarget,
  type BtfProgramKind,
  type Link,
  PROGRAM_KINDS,
  type ProgramKind,
  type ProgramSpec,
  type TargetedKind,
} from "../../../src/kernel/attach/index.ts";
import { KernelTypes, openModuleBtf, readKernelBtf, readModuleBtf } from "../../../src/kernel/btf/index.ts";
import { haveProgramKind } from "../../../src/kernel/feature/index.ts";
import { KernelObject } from "../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE } from "../../../src/kernel/map/index.ts";
import {
  FunctionProgramBuilder,
  type FunctionProgramKind,
  ProbeProgramBuilder,
  ProgramBuilder,
  RecordWriter,
  TracingProgramBuilder,
} from "../../../src/kernel/program/index.ts";
import { createRecordView, defineRecord } from "../../../src/kernel/record/index.ts";
import { RingBuffer } from "../../../src/kernel/ringbuf/index.ts";
import { findElfFunction } from "../../../src/kernel/symbol/index.ts";
import { findTracefs } from "../../../src/kernel/tracepoint/index.ts";
import { PAGE_SIZE } from "../../../src/os/mapping.ts";
import { DEADLINE_FACTOR } from "../../vm/slow.ts";

const [major = 0, minor = 0] = release().split(".").map(Number);
const isSince = ([needMajor, needMinor]: readonly [number, number]) =>
  major > needMajor || (major === needMajor && minor >= needMinor);

/** What a kernel could have by its version, and was built without: Debian 12's has no CONFIG_FPROBE. */
const BUILT_WITHOUT: Readonly<Record<string, readonly ProgramKind[]>> = {
  "6.1": ["kprobe.multi", "kretprobe.multi"],
};
const isBuiltWithout = (kind: ProgramKind) => BUILT_WITHOUT[`${major}.${minor}`]?.includes(kind) === true;

const layout = defineRecord({ value: "u64", pid: "u32", more: "u32" }, {});
const maps = { ring: "ring", lost: "lost", scratch: "lost", wakesReader: true };
const kernelBtf = readKernelBtf();
const types = new KernelTypes(kernelBtf);

/** `-EPERM`, and what a program returns that lets a packet or an access pass. */
const EPERM = -1;
const ALLOW = 1;
/** `-ENOENT` and `AT_FDCWD`, as 32 bits without a sign. */
const ENOENT = 0xffff_fffe;
const AT_FDCWD = 0xffff_ff9c;

/** Writes a record of what `load` puts into a register, and of the process where the helper for it is allowed. */
function writeRecord(
  b: ProgramBuilder,
  load: (register: RegisterOperand) => void,
  { hasProcess = true }: { readonly hasProcess?: boolean } = {},
): void {
  using value = b.asm.hold("value");
  load(value);
  using pid = b.asm.hold("pid");
  if (hasProcess) b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32).set(pid, "r0");
  else b.asm.set(pid, 0);
  const record = RecordWriter.inRing(b, layout, maps);
  record.register("value", value);
  record.register("pid", pid);
  record.constant("more", 0);
  record.submit();
}

/** A ring, and what is read from it. */
class Records implements Disposable {
  readonly object = new KernelObject();
  readonly #ring: RingBuffer;

  constructor() {
    const ring = {
      name: "ring",
      type: BPF_MAP_TYPE.RINGBUF,
      keySize: 0,
      valueSize: 0,
      maxEntries: PAGE_SIZE,
    };
    const lost = { name: "lost", type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 };
    this.object.createMaps([ring, lost]);
    this.#ring = new RingBuffer(this.object.map("ring").fd, PAGE_SIZE);
  }

  /** Values of the records of one process, of 32 bits; 0 for records without a process. */
  read(pid: number): number[] {
    return this.readAll().flatMap((record) => (record.pid === pid ? [record.value] : []));
  }

  /** Those of all processes. */
  readAll(): { readonly pid: number; readonly value: number }[] {
    const view = createRecordView(layout, this.#ring.memory);
    const records: { readonly pid: number; readonly value: number }[] = [];
    this.#ring.read((offset) => {
      const { pid, value_low: value } = view.at(offset);
      records.push({ pid, value });
    });
    return records;
  }

  [Symbol.dispose](): void {
    this.#ring[Symbol.dispose]();
    this.object[Symbol.dispose]();
  }
}

/** What a kind of program is tried with. */
interface Trial {
  /** Attaches the program. */
  readonly attach: (object: KernelObject) => Link | Promise<Link>;
  /** Does what it is attached to. @returns The process whose records count. */
  readonly trigger: () => number | Promise<number>;
  /** What the record has. */
  readonly value: number;
}

/** A BTF-typed program. */
const btf = (spec: ProgramSpec<BtfProgramKind>) => (object: KernelObject) => object.attach(spec)[0]!;
const targeted =
  <K extends TargetedKind>(
    kind: K,
    target: AttachTarget<K>,
    result: number,
    value: (b: ProgramBuilder) => (register: RegisterOperand) => void,
    hasProcess = true,
  ) =>
  (object: KernelObject) => {
    const b = new ProgramBuilder(types, result);
    writeRecord(b, value(b), { hasProcess });
    return object.attachTo(b.program(kind, `try_${kind}`), target);
  };

/** A number of the context, which programs of that kind may read. */
const context = (size: 4 | 8, offset: number) => (b: ProgramBuilder) => (register: RegisterOperand) => {
  b.asm.load(size, register, b.context, offset);
};
const constant = (value: number) => (b: ProgramBuilder) => (register: RegisterOperand) => {
  b.asm.set(register, value);
};

function probe<K extends TargetedKind>(kind: K, target: AttachTarget<K>, isReturn: boolean) {
  return (object: KernelObject) => {
    const b = new ProbeProgramBuilder(types, 0);
    writeRecord(b, (register) => (isReturn ? b.loadResult(register) : b.loadArgument(register, 0)));
    return object.attachTo(b.program(kind, `try_${kind}`), target);
  };
}

function functionProgram(
  kind: FunctionProgramKind,
  name: string,
): FunctionProgramBuilder<FunctionProgramKind> {
  return new FunctionProgramBuilder(types, kind, name);
}

/** Records argument 0, or the result. */
function onFunction(kind: "fentry" | "fexit", name: string): ProgramSpec<BtfProgramKind> {
  const b = functionProgram(kind, name);
  writeRecord(b, (register) => (kind === "fexit" ? b.loadResult(register) : b.loadArgument(register, 0)));
  return b.build(`try_${kind}`);
}

/** Records a 1 and forbids it, to this process. */
function forbid(kind: "fmod_ret" | "lsm" | "lsm.s", name: string): ProgramSpec<BtfProgramKind> {
  const b = functionProgram(kind, name);
  writeRecord(b, (register) => b.asm.set(register, 1));
  b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32);
  b.leaveIf("r0", "!=", process.pid);
  b.leaveWith(EPERM);
  return b.build(`try_${kind}`);
}

function onExec(): ProgramSpec<BtfProgramKind> {
  const b = new TracingProgramBuilder(types, "sched_process_exec");
  writeRecord(b, (register) => b.asm.set(register, 1));
  return b.build("try_tp_btf");
}

let directory: string;
let cgroup: string;
let former: string;

beforeAll(() => {
  directory = mkdtempSync("/var/tmp/tetrad-attach-");
  cgroup = `/sys/fs/cgroup/tetrad-attach-${process.pid}`;
  former = `/sys/fs/cgroup${/^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))![1]}`;
  mkdirSync(cgroup);
  writeFileSync(join(cgroup, "cgroup.procs"), String(process.pid));
});
afterAll(() => {
  writeFileSync(join(former, "cgroup.procs"), String(process.pid));
  rmSync(directory, { recursive: true });
  receiver?.socket.close();
});

async function exec(): Promise<number> {
  const child = Bun.spawn(["true"]);
  await child.exited;
  return child.pid;
}

/** Waits until a process sleeps in `hrtimer_nanosleep`. */
async function untilAsleep(pid: number): Promise<void> {
  while (!readFileSync(`/proc/${pid}/wchan`, "latin1").includes("nanosleep")) await Bun.sleep(10);
}

function unlinkNothing(): number {
  expect(() => unlinkSync(join(directory, "nothing"))).toThrow("ENOENT");
  return process.pid;
}

/** Tries to remove a file, which a program may forbid. */
function unlinkFile(): number {
  const file = join(directory, "file");
  writeFileSync(file, "");
  try {
    unlinkSync(file);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("EPERM");
  }
  return process.pid;
}

/** Calls kill(2) of the C library, which kills nothing. */
function kill(): number {
  process.kill(process.pid, 0);
  return process.pid;
}

const libc = /\S*\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "utf8"))![0];
const killOffset = () => findElfFunction(libc, "kill")!;

/** A datagram of 3 bytes to a socket of its own. @returns 0: what it is about has no process. */
async function sendToSelf(attach?: (fd: number) => void): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: { data: () => resolve() } });
  attach?.((socket as unknown as { readonly fd: number }).fd);
  socket.send("abc", socket.port, "127.0.0.1");
  await promise;
  socket.close();
  return 0;
}

async function createSocket(): Promise<number> {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
  socket.close();
  return process.pid;
}

async function connectTo(hostname: string): Promise<number> {
  await Bun.udpSocket({ hostname, port: 0, connect: { hostname, port: 9 } }).then(
    (socket) => socket.close(),
    () => {},
  );
  return process.pid;
}

function openNull(): number {
  readFileSync("/dev/null");
  return process.pid;
}

const AF_INET = 2;
const AF_INET6 = 10;
/** `minor` of `/dev/null`, and bytes of a datagram of 3 with its headers. */
const NULL_MINOR = 3;
const IP_PACKET = 31;
const UDP_DATAGRAM = 11;

const inCgroup = () => ({ directory: cgroup });

let receiver: { readonly socket: Bun.udp.Socket<"buffer">; received: () => void };
async function openReceiver(): Promise<number> {
  receiver = { received: () => {}, socket: undefined as never };
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => receiver.received() },
  });
  receiver = { received: () => {}, socket };
  return (socket as unknown as { readonly fd: number }).fd;
}

const TRIALS: Readonly<Record<ProgramKind, Trial>> = {
  tp_btf: { attach: (object) => btf(onExec())(object), trigger: exec, value: 1 },
  raw_tp: { attach: targeted("raw_tp", "sched_process_exec", 0, constant(2)), trigger: exec, value: 2 },
  tp: {
    attach: targeted("tp", { category: "sched", name: "sched_process_exec" }, 0, constant(3)),
    trigger: exec,
    value: 3,
  },
  kprobe: {
    attach: probe("kprobe", { symbol: "do_unlinkat" }, false),
    trigger: unlinkNothing,
    value: AT_FDCWD,
  },
  kretprobe: {
    attach: probe("kretprobe", { symbol: "do_unlinkat" }, true),
    trigger: unlinkNothing,
    value: ENOENT,
  },
  "kprobe.multi": {
    attach: probe("kprobe.multi", { symbols: ["do_unlinkat", "do_rmdir"] }, false),
    trigger: unlinkNothing,
    value: AT_FDCWD,
  },
  "kretprobe.multi": {
    attach: probe("kretprobe.multi", { symbols: ["do_unlinkat", "do_rmdir"] }, true),
    trigger: unlinkNothing,
    value: ENOENT,
  },
  fentry: {
    attach: (object) => btf(onFunction("fentry", "do_unlinkat"))(object),
    trigger: unlinkNothing,
    value: AT_FDCWD,
  },
  fexit: {
    attach: (object) => btf(onFunction("fexit", "do_unlinkat"))(object),
    trigger: unlinkNothing,
    value: ENOENT,
  },
  fmod_ret: {
    attach: (object) => btf(forbid("fmod_ret", "security_inode_unlink"))(object),
    trigger: unlinkFile,
    value: 1,
  },
  lsm: { attach: (object) => btf(forbid("lsm", "inode_unlink"))(object), trigger: unlinkFile, value: 1 },
  "lsm.s": {
    attach: (object) => btf(forbid("lsm.s", "inode_unlink"))(object),
    trigger: unlinkFile,
    value: 1,
  },
  uprobe: {
    attach: (object) => probe("uprobe", { path: libc, offset: killOffset() }, false)(object),
    trigger: kill,
    value: process.pid,
  },
  uretprobe: {
    attach: (object) => probe("uretprobe", { path: libc, offset: killOffset() }, true)(object),
    trigger: kill,
    value: 0,
  },
  "uprobe.multi": {
    attach: (object) => probe("uprobe.multi", { path: libc, offsets: [killOffset()] }, false)(object),
    trigger: kill,
    value: process.pid,
  },
  "uretprobe.multi": {
    attach: (object) =>
      probe("uretprobe.multi", { path: libc, offsets: [killOffset()], pid: process.pid }, true)(object),
    trigger: kill,
    value: 0,
  },
  "uprobe.s": {
    attach: (object) => probe("uprobe.s", { path: libc, offset: killOffset() }, false)(object),
    trigger: kill,
    value: process.pid,
  },
  "uprobe.multi.s": {
    attach: (object) => probe("uprobe.multi.s", { path: libc, offsets: [killOffset()] }, false)(object),
    trigger: kill,
    value: process.pid,
  },
  // The context's third number.
  "cgroup/dev": {
    attach: (object) => targeted("cgroup/dev", inCgroup(), ALLOW, context(4, 8), false)(object),
    trigger: () => openNull() && 0,
    value: NULL_MINOR,
  },
  "cgroup_skb/ingress": {
    attach: (object) => targeted("cgroup_skb/ingress", inCgroup(), ALLOW, context(4, 0), false)(object),
    trigger: () => sendToSelf(),
    value: IP_PACKET,
  },
  "cgroup_skb/egress": {
    attach: (object) => targeted("cgroup_skb/egress", inCgroup(), ALLOW, context(4, 0), false)(object),
    trigger: () => sendToSelf(),
    value: IP_PACKET,
  },
  // `family`, and of the others `user_family`.
  "cgroup/sock_create": {
    attach: (object) => targeted("cgroup/sock_create", inCgroup(), ALLOW, context(4, 4))(object),
    trigger: createSocket,
    value: AF_INET,
  },
  "cgroup/connect4": {
    attach: (object) => targeted("cgroup/connect4", inCgroup(), ALLOW, context(4, 0))(object),
    trigger: () => connectTo("127.0.0.1"),
    value: AF_INET,
  },
  "cgroup/connect6": {
    attach: (object) => targeted("cgroup/connect6", inCgroup(), ALLOW, context(4, 0))(object),
    trigger: () => connectTo("::1"),
    value: AF_INET6,
  },
  socket: {
    attach: async (object) => {
      const fd = await openReceiver();
      return targeted("socket", { fd }, 0xffff, context(4, 0), false)(object);
    },
    trigger: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      receiver.received = resolve;
      receiver.socket.send("abc", receiver.socket.port, "127.0.0.1");
      await promise;
      return 0;
    },
    value: UDP_DATAGRAM,
  },
};

describe("a program", () => {
  for (const [kind, { attach, trigger, value }] of Object.entries(TRIALS) as [ProgramKind, Trial][]) {
    if (isBuiltWithout(kind)) {
      test(`of kind ${kind} is refused by a kernel that was built without it, which says so when it is asked`, async () => {
        using records = new Records();
        expect(async () => await attach(records.object)).toThrow("Cannot attach");
        expect(haveProgramKind(kind).answer).toBe("no");
      });
      continue;
    }
    test.skipIf(!isSince(PROGRAM_KINDS[kind].since))(
      `of kind ${kind} runs when it is attached, and not any more when its link is gone`,
      async () => {
        expect(haveProgramKind(kind)).toEqual({ answer: "yes" });
        using records = new Records();
        using link = await attach(records.object);
        expect(records.read(await trigger())).toContain(value);
        link[Symbol.dispose]();
        expect(link.isAttached).toBe(false);
        expect(records.read(await trigger())).toEqual([]);
      },
      1000 * 10 * DEADLINE_FACTOR,
    );
  }

  test(
    "of kind kretprobe sees all return of whatever many threads are in a function; its name goes with it",
    async () => {
      if (findTracefs() === undefined)
        Bun.spawnSync(["mount", "-t", "tracefs", "none", "/sys/kernel/tracing"]);
      using records = new Records();
      const link = await probe("kretprobe", { symbol: "hrtimer_nanosleep" }, true)(records.object);
      const sleepers = Array.from({ length: 30 }, () => Bun.spawn(["sleep", "1000"]));
      for (const { pid } of sleepers) await untilAsleep(pid);
      for (const sleeper of sleepers) sleeper.kill("SIGKILL");
      for (const sleeper of sleepers) await sleeper.exited;
      const seen = new Set(records.readAll().map(({ pid }) => pid));
      expect(sleepers.filter(({ pid }) => !seen.has(pid))).toEqual([]);
      const names = () => readFileSync(`${findTracefs()}/kprobe_events`, "latin1");
      expect(names()).toContain(`:tetrad/p${process.pid}_`);
      link[Symbol.dispose]();
      expect(names()).not.toContain(`:tetrad/p${process.pid}_`);
    },
    1000 * 10 * DEADLINE_FACTOR,
  );

  test.skipIf(!isSince([5, 11]))(
    "runs on a function of a module, by the module's types",
    () => {
      using moduleTypes = openModuleBtf("overlay")!;
      const module = new KernelTypes(readModuleBtf("overlay", kernelBtf));
      const b = new FunctionProgramBuilder(module, "fentry", "ovl_unlink", { moduleFd: moduleTypes.fd });
      expect(b.function.parameters.map(({ type }) => type.text)).toEqual([
        "struct inode *",
        "struct dentry *",
      ]);
      writeRecord(b, (register) => b.asm.set(register, 4));
      using records = new Records();
      using _ = records.object.attach(b.build("try_module"))[0]!;
      const file = `/root/tetrad-attach-${process.pid}`;
      writeFileSync(file, "");
      unlinkSync(file);
      expect(records.read(process.pid)).toEqual([4]);
    },
    1000 * 10 * DEADLINE_FACTOR,
  );
});
