/**
 * @module Who takes room in the map of workloads: pods and containers that root has made, and so many of the cgroups that are made inside
 * of each. Those that have no room are counted; conditions then look at the cgroups around.
 */
import { type Pointer, type ProgramBuilder, untyped } from "../../kernel/program/index.ts";
import { findAround, MOST_INSIDE, WORKLOAD, WORKLOAD_KEY, WORKLOAD_MAP } from "../condition/process/index.ts";

const NUMBER = 8;

/** Ends the program unless root makes the cgroup: users who were given cgroups name those inside as they like. */
export function leaveUnlessRoot(b: ProgramBuilder): void {
  b.load("r1", b.currentTask("who makes it"), "cred.fsuid.val", "fsuid");
  b.leaveIf("r1", "!=", 0);
}

/** The cgroup has the value in `r0`, which is of no other one's inside. */
export function add(b: ProgramBuilder, id: number): void {
  const { asm } = b;
  const room = asm.freshLabel("room");
  b.mapUpdateFrom(WORKLOAD_MAP, id, "r0");
  asm.jumpIf("r0", "==", 0, room);
  miss(b, 1);
  asm.label(room);
}

/** The cgroup is what the one around it is, whose value `r0` leads to. */
export function inherit(b: ProgramBuilder, id: number, around: number): void {
  const { asm } = b;
  const [known, full, end] = ["owner", "full", "end"].map((name) => asm.freshLabel(name)) as [
    string,
    string,
    string,
  ];
  using value = asm.scopedSlot("value", WORKLOAD.size);
  for (let at = 0; at < WORKLOAD.owner; at += NUMBER)
    asm.load(8, "r1", "r0", at).store(8, "r10", value.offset + at, "r1");
  for (const at of [WORKLOAD.inside, WORKLOAD.missed]) asm.store(8, "r10", value.offset + at, 0);
  asm.load(8, "r1", "r0", WORKLOAD.owner).jumpIf("r1", "!=", 0, known).load(8, "r1", "r10", around);
  asm.label(known).store(8, "r10", value.offset + WORKLOAD.owner, "r1");
  leaveIfFull(b, value.offset + WORKLOAD.owner, MOST_INSIDE.ofOwner, full);
  hostKey(b);
  leaveIfFull(b, asm.slot(HOST), MOST_INSIDE.ofAll, full);
  asm.set("r3", "r10").alu("r3", "+=", value.offset);
  b.mapUpdateFrom(WORKLOAD_MAP, id, "r3");
  asm.jumpIf("r0", "!=", 0, full);
  for (const key of [value.offset + WORKLOAD.owner, asm.slot(HOST)]) count(b, key, WORKLOAD.inside, 1);
  asm.jump(end).label(full);
  miss(b, 1);
  asm.label(end);
}

/** Ends the program where a cgroup is inside of one that had no room, counts it, and takes back what its name made of it. */
export function leaveIfInside(b: ProgramBuilder, cgroup: Pointer, id: number): void {
  const outside = b.asm.freshLabel("outside");
  whereMissed(b, cgroup, outside);
  b.mapDelete(WORKLOAD_MAP, id);
  miss(b, 1);
  b.leave();
  b.asm.label(outside);
}

/** A cgroup is gone that may be inside of a container. Ends the program where it had no room. */
export function makeRoom(b: ProgramBuilder, cgroup: Pointer, id: number): void {
  const { asm } = b;
  const [known, end, outside] = [asm.freshLabel("known"), asm.freshLabel("end"), asm.freshLabel("outside")];
  const owner = asm.slot("owner");
  b.mapLookup(WORKLOAD_MAP, id);
  asm.jumpIf("r0", "!=", 0, known);
  whereMissed(b, cgroup, outside);
  miss(b, -1);
  asm.label(outside);
  b.leave();
  asm
    .label(known)
    .load(8, "r1", "r0", WORKLOAD.owner)
    .store(8, "r10", owner, "r1")
    .jumpIf("r1", "==", 0, end);
  hostKey(b);
  for (const key of [owner, asm.slot(HOST)]) count(b, key, WORKLOAD.inside, -1);
  asm.label(end);
}

/** Goes to `outside` unless some cgroups had no room, and this one is inside of another that is known, however far. */
function whereMissed(b: ProgramBuilder, cgroup: Pointer, outside: string): void {
  const { asm } = b;
  const inside = asm.freshLabel("inside");
  hostKey(b);
  b.mapLookup(WORKLOAD_MAP, asm.slot(HOST));
  b.leaveIf("r0", "==", 0);
  asm.load(8, "r1", "r0", WORKLOAD.missed).jumpIf("r1", "==", 0, outside);
  const start = untyped(cgroup);
  const parent = b.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
  const around = {
    node: b.follow(start, `kn.${parent}`, "node around"),
    level: b.scalar(start, "level", "level of the cgroup"),
  };
  findAround(b, around, { found: inside, deep: inside });
  asm.jump(outside).label(inside);
}

const HOST = Symbol("host");

function hostKey({ asm }: ProgramBuilder): void {
  asm.store(8, "r10", asm.slot(HOST), Number(WORKLOAD_KEY.host));
}

/** Goes to `full` where as many are inside of a cgroup. */
function leaveIfFull(b: ProgramBuilder, key: number, most: number, full: string): void {
  const next = b.asm.freshLabel("has room");
  b.mapLookup(WORKLOAD_MAP, key);
  b.asm.jumpIf("r0", "==", 0, next).load(8, "r1", "r0", WORKLOAD.inside).jumpIf("r1", ">=", most, full);
  b.asm.label(next);
}

function miss(b: ProgramBuilder, difference: 1 | -1): void {
  hostKey(b);
  count(b, b.asm.slot(HOST), WORKLOAD.missed, difference);
}

function count(b: ProgramBuilder, key: number, member: number, difference: 1 | -1): void {
  const next = b.asm.freshLabel("counted");
  b.mapLookup(WORKLOAD_MAP, key);
  b.asm.jumpIf("r0", "==", 0, next).set("r1", difference).atomicAdd(8, "r0", member, "r1").label(next);
}
