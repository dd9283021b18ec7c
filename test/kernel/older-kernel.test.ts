/** Kernels whose types differ from the running one's: what programs ask about is answered as they would answer. */
import { expect, test } from "bun:test";
import type { Assembly } from "../../src/kernel/asm/index.ts";
import { KernelTypes, type MemberPath, readKernelBtf, type TypeSource } from "../../src/kernel/btf/index.ts";
import { KernelObject } from "../../src/kernel/loader/index.ts";
import { TetradError } from "../../src/os/error.ts";
import type { Scope } from "../../src/source/sensor/probe/index.ts";
import {
  connectProgram,
  execProgram,
  exitProgram,
  forkProgram,
  networkMaps,
  networkProgram,
  sensorMaps,
  socketMemories,
} from "./sensor-programs.ts";
import { describeWithBpf } from "./support.ts";

/** How a kernel differs from the running one. */
interface Difference {
  /** Arguments of tracepoints. */
  readonly argumentCounts?: Readonly<Record<string, number>>;
  /** Members that it does not have, as `struct.path`. */
  readonly missing?: readonly string[];
  /** Members that it has under another name. */
  readonly renamed?: { readonly struct: string; readonly from: string; readonly to: string };
}

/** The running kernel's types as another kernel would have them. */
class DifferentTypes implements TypeSource {
  readonly #types: TypeSource;
  readonly #difference: Difference;

  constructor(types: TypeSource, difference: Difference) {
    this.#types = types;
    this.#difference = difference;
  }

  member(struct: string, path: string): MemberPath {
    return this.#types.member(struct, this.#demand(struct, path));
  }

  has(struct: string, path: string): boolean {
    const known = this.#translate(struct, path);
    return known !== undefined && this.#types.has(struct, known);
  }

  structOf(struct: string, path: string): string {
    return this.#types.structOf(struct, this.#demand(struct, path));
  }

  enumerator(name: string, enumerator: string): number | undefined {
    return this.#types.enumerator(name, enumerator);
  }

  tracepoint(name: string): { readonly id: number; readonly argumentCount: number } | undefined {
    const found = this.#types.tracepoint(name);
    const argumentCount = this.#difference.argumentCounts?.[name];
    return found === undefined || argumentCount === undefined ? found : { ...found, argumentCount };
  }

  #demand(struct: string, path: string): string {
    const known = this.#translate(struct, path);
    if (known === undefined) throw new TetradError("unsupported", `Cannot find "${struct}.${path}"`);
    return known;
  }

  /** The running kernel's path, or `undefined` when the other one does not have that member. */
  #translate(struct: string, path: string): string | undefined {
    const { missing = [], renamed } = this.#difference;
    const [member = "", ...rest] = path.split(".");
    if (missing.some((name) => `${struct}.${path}.`.startsWith(`${name}.`))) return undefined;
    if (renamed === undefined || renamed.struct !== struct) return path;
    if (member === renamed.from) return undefined;
    const isRenamed = member === renamed.to && this.#types.has(struct, renamed.from);
    return isRenamed ? [renamed.from, ...rest].join(".") : path;
  }
}

const GROUP_DEAD: Difference = { argumentCounts: { sched_process_exit: 1 } };
const PARENT: Difference = { renamed: { struct: "kernfs_node", from: "__parent", to: "parent" } };
const LOGINUID: Difference = { missing: ["task_struct.loginuid"] };
const TIME_NS: Difference = { missing: ["nsproxy.time_ns", "nsproxy.time_ns_for_children"] };

const IPV6: Difference = {
  missing: ["sock.__sk_common.skc_v6_rcv_saddr", "sock.__sk_common.skc_v6_daddr"],
};

const KERNELS: Record<string, Difference> = {
  "whose sched_process_exit does not have group_dead (before 6.16)": GROUP_DEAD,
  "whose kernfs_node has a parent, not a __parent (before 6.15)": PARENT,
  "whose tasks have no loginuid (without CONFIG_AUDIT)": LOGINUID,
  "that has no time namespaces (without CONFIG_TIME_NS)": TIME_NS,
  "without IPv6 (without CONFIG_IPV6)": IPV6,
  "with all these differences": {
    ...GROUP_DEAD,
    ...PARENT,
    missing: [LOGINUID, TIME_NS, IPV6].flatMap(({ missing = [] }) => missing),
  },
};

const SCOPES: readonly (Scope | undefined)[] = [
  undefined,
  { type: "cgroup" },
  { type: "pidns", inode: 4026531836 },
];

describeWithBpf("the sensor's programs", () => {
  const types = new KernelTypes(readKernelBtf());
  const everything = {
    credentials: true,
    namespaces: true,
    environment: true,
    cgroupSubsystem: undefined,
  };

  for (const [name, difference] of Object.entries(KERNELS)) {
    test(`are accepted when made for a kernel ${name}`, () => {
      const older = new DifferentTypes(types, difference);
      using object = new KernelObject();
      object.createMaps(sensorMaps(65536));
      for (const scope of SCOPES) {
        object.load(forkProgram(older, scope));
        object.load(exitProgram(older, scope));
        object.load(execProgram(older, { ...everything, scope }));
        for (const memory of socketMemories(types)) {
          using network = new KernelObject((map) => object.map(map));
          network.createMaps(networkMaps(memory));
          network.load(networkProgram(older, scope, memory));
        }
        for (const family of [4, 6] as const) object.load(connectProgram(older, family, scope));
      }
    });
  }

  /** What the parts of a program are for, as its listing has it. */
  function notes(program: { readonly assembly: Assembly }): string[] {
    return [...program.assembly.notes.values()];
  }

  test("find the last thread by the count of those that live, without group_dead", () => {
    const exit = notes(exitProgram(new DifferentTypes(types, GROUP_DEAD), undefined));
    expect(exit).toContain("live = task_struct.signal.live.counter");
    expect(exit).not.toContain("argument 1");
  });

  test("climb to the parent by its older name", () => {
    const older = new DifferentTypes(types, PARENT);
    const parent = types.has("kernfs_node", "__parent") ? "__parent" : "parent";
    expect(older.has("kernfs_node", "__parent")).toBe(false);
    expect(older.member("kernfs_node", "parent")).toEqual(types.member("kernfs_node", parent));
    expect(notes(exitProgram(older, SCOPES[1]))).toContain(`cgroup node = kernfs_node.${parent}`);
  });

  test("write constants for what the kernel does not have", () => {
    const older = new DifferentTypes(types, KERNELS["with all these differences"]!);
    const exec = notes(execProgram(older, { ...everything, scope: undefined }));
    for (const field of ["auid", "ns_time", "ns_time_for_children"]) {
      expect(exec).toContain(field);
      expect(exec.filter((note) => note.startsWith(`${field} =`))).toEqual([]);
    }
    const network = notes(networkProgram(older, undefined, "storage"));
    for (const field of ["source6_0", "destination6_3"]) {
      expect(network).toContain(field);
      expect(network.filter((note) => note.startsWith(`${field} =`))).toEqual([]);
    }
  });
});
