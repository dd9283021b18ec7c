/**
 * @module The programs that keep the cgroups of containers: where one is made, before a process can be in it, and where it is gone. What a
 * container is, its name says; what else there is to know of it the agent adds.
 */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import {
  type Pointer,
  type ProgramBuilder,
  TracingProgramBuilder,
  untyped,
} from "../../kernel/program/index.ts";
import { type BytesLocation, type ConditionMaps, compileOperand } from "../condition/index.ts";
import { WORKLOAD, WORKLOAD_MAP } from "../condition/process/index.ts";
import { idSlot, leaveUnlessOf, NAME_SIZE, readAt, readLength, wordOf } from "./cgroup-name.ts";
import { podMap, podProgram } from "./pod-program.ts";
import { add, inherit, leaveIfInside, leaveUnlessRoot, makeRoom } from "./workload-room.ts";
import type { WorkloadProgramSettings } from "./workload-settings.ts";

/** Name of the array of selectors that are for a container of which no more is known than its cgroup. */
export const NEW_CONTAINER_MAP = "tetrad_workload_n";
/** Its elements. */
export const NEW_CONTAINER = { notOfPod: 0, ofPod: 1 } as const;

/** Name of the memory that paths of cgroups are read into. */
const SCRATCH_MAP = "tetrad_workload_s";
/** Where the path lies there, behind its length. */
const PATH = { length: 0, offset: 16, capacity: 4096 } as const;
const MARGIN = 8;

/** Of `containerId()`: an id is so many hexadecimal digits, with words before it and perhaps `.scope` behind. */
const ID_LENGTH = 64;
const SCOPE = ".scope";
/** What Kubernetes calls the cgroup that those of its pods are in. */
const PODS = "kubepods";

/** The maps of these programs, beside the one that conditions look into. */
export function workloadProgramMaps(): MapDefinition[] {
  const { ARRAY, PERCPU_ARRAY } = BPF_MAP_TYPE;
  return [
    { name: NEW_CONTAINER_MAP, type: ARRAY, keySize: 4, valueSize: WORKLOAD.size, maxEntries: 2 },
    {
      name: SCRATCH_MAP,
      type: PERCPU_ARRAY,
      keySize: 4,
      valueSize: PATH.offset + PATH.capacity + MARGIN,
      maxEntries: 1,
    },
    podMap(),
  ];
}

/** The programs, in the order in which they are attached. */
export function workloadPrograms(settings: WorkloadProgramSettings): ProgramSpec<"tp_btf">[] {
  return [goneProgram(settings), podProgram(settings), newProgram(settings)];
}

/** A cgroup is gone. */
function goneProgram({ types, hierarchy }: WorkloadProgramSettings): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "cgroup_release");
  const cgroup = b.argument(0, "cgroup", "cgroup");
  leaveUnlessOf(b, cgroup, hierarchy);
  const id = idSlot(b, cgroup, "kn.id");
  makeRoom(b, cgroup, id);
  b.mapDelete(WORKLOAD_MAP, id);
  return b.build("tetrad_w_gone");
}

/** A cgroup is made: it is what the one around it is, or a container's by its name. */
function newProgram({ types, maps, hierarchy }: WorkloadProgramSettings): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "cgroup_mkdir");
  const { asm } = b;
  const cgroup = b.argument(0, "cgroup", "cgroup");
  const path = b.argument(1, "cgroup", "path");
  leaveUnlessOf(b, cgroup, hierarchy);
  const inside = asm.freshLabel("inside");
  const id = idSlot(b, cgroup, "kn.id");
  // Linux 6.15 renamed kernfs_node.parent, when it became protected by RCU.
  const parent = types.has("kernfs_node", "__parent") ? "__parent" : "parent";
  const around = idSlot(b, cgroup, `kn.${parent}.id`);
  b.mapLookup(WORKLOAD_MAP, around);
  asm.jumpIf("r0", "!=", 0, inside);
  leaveIfInside(b, cgroup, id);
  leaveUnlessRoot(b);
  leaveUnlessContainer(b, cgroup);
  findNewContainer(b, path, maps);
  b.leaveIf("r0", "==", 0);
  add(b, id);
  b.leave();
  asm.label(inside);
  inherit(b, id, around);
  return b.build("tetrad_w_new");
}

/** Ends the program unless the cgroup's name ends with the id of a container. */
function leaveUnlessContainer(b: ProgramBuilder, cgroup: Pointer): void {
  const { asm } = b;
  const name = b.follow(cgroup, "kn.name", "name");
  using end = asm.hold("end of the id", "r8");
  readLength(b, name);
  asm.set(end, "r0").alu(end, "-=", 1);
  b.leaveIf(end, "<", ID_LENGTH);
  b.leaveIf(end, ">=", NAME_SIZE);
  const whole = asm.freshLabel("whole");
  using suffix = asm.scopedSlot("last letters");
  readAt(b, { name, at: end, back: SCOPE.length, to: suffix.offset, size: 8 });
  asm.load(8, "r1", "r10", suffix.offset).alu("r1", "<<=", 16).alu("r1", ">>=", 16);
  asm.setWide("r2", wordOf(SCOPE)).jumpIf("r1", "!=", "r2", whole).alu(end, "-=", SCOPE.length);
  b.leaveIf(end, "<", ID_LENGTH);
  asm.label(whole);
  leaveUnlessSeparate(b, name, end);
  leaveUnlessHexadecimal(b, name, end);
}

/** Before the id there is nothing, or what sets it apart. */
function leaveUnlessSeparate(b: ProgramBuilder, name: Pointer, end: HeldRegister): void {
  const { asm } = b;
  const apart = asm.freshLabel("apart");
  using before = asm.scopedSlot("before the id");
  asm.jumpIf(end, "==", ID_LENGTH, apart);
  readAt(b, { name, at: end, back: ID_LENGTH + 1, to: before.offset, size: 1 });
  asm.load(1, "r1", "r10", before.offset).jumpIf("r1", "==", "-".charCodeAt(0), apart);
  b.leaveIf("r1", "!=", ":".charCodeAt(0));
  asm.label(apart);
}

function leaveUnlessHexadecimal(b: ProgramBuilder, name: Pointer, end: HeldRegister): void {
  const { asm } = b;
  using id = asm.scopedSlot("id", ID_LENGTH);
  readAt(b, { name, at: end, back: ID_LENGTH, to: id.offset, size: ID_LENGTH });
  for (let i = 0; i < ID_LENGTH; i++) {
    const digit = asm.freshLabel("digit");
    asm
      .load(1, "r1", "r10", id.offset + i)
      .alu("r1", "-=", "0".charCodeAt(0))
      .jumpIf("r1", "<", 10, digit);
    asm.alu("r1", "-=", "a".charCodeAt(0) - "0".charCodeAt(0));
    b.leaveIf("r1", ">=", 6);
    asm.label(digit);
  }
}

/** `r0` = the set of a container of which no more is known: of a pod's where one of the cgroups around it is that of all pods. */
function findNewContainer(b: ProgramBuilder, path: Pointer, maps: ConditionMaps): void {
  const { asm } = b;
  const key = asm.slot("array key", 4);
  const [isOfPod, found] = [asm.freshLabel("pod"), asm.freshLabel("found")];
  asm.store(4, "r10", key, 0);
  b.mapLookup(SCRATCH_MAP, key);
  b.leaveIf("r0", "==", 0);
  using scratch = asm.hold("scratch", "r7");
  asm.set(scratch, "r0").set("r1", scratch).alu("r1", "+=", PATH.offset).set("r2", PATH.capacity);
  b.loadSlot("r3", untyped(path));
  asm.call("probe_read_kernel_str");
  b.leaveIf("r0", "s<=", 0);
  asm.alu("r0", "-=", 1).store(4, scratch, PATH.length, "r0");
  const bytes: BytesLocation = {
    address: scratch,
    offset: PATH.offset,
    capacity: PATH.capacity,
    length: { base: scratch, offset: PATH.length, size: 4 },
  };
  const strings = [new TextEncoder().encode(PODS)];
  compileOperand({ asm, maps }, { operator: "SubString", isNegated: true, strings }, [{ bytes }], isOfPod);
  asm.store(4, "r10", key, NEW_CONTAINER.notOfPod).jump(found);
  asm.label(isOfPod).store(4, "r10", key, NEW_CONTAINER.ofPod).label(found);
  b.mapLookup(NEW_CONTAINER_MAP, key);
}
