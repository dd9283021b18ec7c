/**
 * @module The program that sees the cgroup of a pod made. The kubelet makes it before any container of the pod's, and puts the pod's UID
 * into its name: so a pod that is known by then is known from its first process on, and its containers' cgroups inherit.
 */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import { TracingProgramBuilder } from "../../kernel/program/index.ts";
import { WORKLOAD } from "../condition/process/index.ts";
import { idSlot, leaveUnlessOf, NAME_SIZE, readAt, readLength, wordOf } from "./cgroup-name.ts";
import { add, leaveUnlessRoot } from "./workload-room.ts";
import type { WorkloadProgramSettings } from "./workload-settings.ts";

/** Name of the map: a set of selectors, by the UID of a pod as cgroups have it in their names. */
export const POD_MAP = "tetrad_workload_p";
/** Bytes of a UID there; a shorter one has zeros behind it. */
export const POD_KEY_SIZE = 40;
/** Pods of a node, each in two spellings. */
const MOST_PODS = 1 << 13;

/** A UUID; and the digest that stands for it in static pods. */
const UID_LENGTHS = [36, 32] as const;
const POD = "pod";
const SLICE = ".slice";

/** The map. */
export function podMap(): MapDefinition {
  return {
    name: POD_MAP,
    type: BPF_MAP_TYPE.HASH,
    keySize: POD_KEY_SIZE,
    valueSize: WORKLOAD.size,
    maxEntries: MOST_PODS,
    flags: BPF_F_NO_PREALLOC,
  };
}

/** The program: `kubepods-burstable-podUID.slice`, `podUID`. */
export function podProgram({ types, hierarchy }: WorkloadProgramSettings): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "cgroup_mkdir");
  const { asm } = b;
  const cgroup = b.argument(0, "cgroup", "cgroup");
  leaveUnlessOf(b, cgroup, hierarchy);
  const id = idSlot(b, cgroup, "kn.id");
  leaveUnlessRoot(b);
  const name = b.follow(cgroup, "kn.name", "name");
  using end = asm.hold("end of the UID", "r8");
  readLength(b, name);
  asm.set(end, "r0").alu(end, "-=", 1);
  b.leaveIf(end, "<", POD.length + Math.min(...UID_LENGTHS));
  b.leaveIf(end, ">=", NAME_SIZE);
  const bare = asm.freshLabel("no slice");
  using letters = asm.scopedSlot("some letters");
  readAt(b, { name, at: end, back: SLICE.length, to: letters.offset, size: 8 });
  asm.load(8, "r1", "r10", letters.offset).alu("r1", "<<=", 16).alu("r1", ">>=", 16);
  asm.setWide("r2", wordOf(SLICE)).jumpIf("r1", "!=", "r2", bare).alu(end, "-=", SLICE.length);
  asm.label(bare);
  const found = asm.freshLabel("found");
  using key = asm.scopedSlot("UID", POD_KEY_SIZE);
  for (const length of UID_LENGTHS) {
    const other = asm.freshLabel("another length");
    asm.jumpIf(end, "<", POD.length + length, other);
    readAt(b, { name, at: end, back: POD.length + length, to: letters.offset, size: 4 });
    asm.load(4, "r1", "r10", letters.offset).alu("r1", "<<=", 40).alu("r1", ">>=", 40);
    asm.jumpIf("r1", "!=", Number(wordOf(POD)), other);
    for (let at = 0; at < POD_KEY_SIZE; at += 8) asm.store(8, "r10", key.offset + at, 0);
    readAt(b, { name, at: end, back: length, to: key.offset, size: length });
    b.mapLookup(POD_MAP, key.offset);
    asm.jumpIf("r0", "!=", 0, found).label(other);
  }
  b.leave();
  asm.label(found);
  add(b, id);
  return b.build("tetrad_w_pod");
}
