/** @module Modules, programs and maps of eBPF, perf events: objects of the kernel that events describe in a few words. */

import { BpfCmd, BpfProgramType, TaintedBitsType } from "../../../event/description/index.ts";
import type { Pointer } from "../../../kernel/program/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { decodeText } from "../../../lib/text/utf8.ts";
import { namesByNumber } from "./names.ts";
import { defineReader, numberReader, PLAIN_BYTES, type ReadTarget } from "./reader.ts";
import { readText } from "./string.ts";

/** Names by number. */
const PROGRAM_TYPES = namesByNumber(BpfProgramType);
const COMMANDS = namesByNumber(BpfCmd);
const TAINTS = Object.entries(TaintedBitsType).filter(([, bit]) => (bit as number) !== 0) as [
  string,
  number,
][];

/** `enum bpf_map_type` of `<linux/bpf.h>`. */
const MAP_TYPES = [
  ...[
    "UNSPEC",
    "HASH",
    "ARRAY",
    "PROG_ARRAY",
    "PERF_EVENT_ARRAY",
    "PERCPU_HASH",
    "PERCPU_ARRAY",
    "STACK_TRACE",
  ],
  ...["CGROUP_ARRAY", "LRU_HASH", "LRU_PERCPU_HASH", "LPM_TRIE", "ARRAY_OF_MAPS", "HASH_OF_MAPS", "DEVMAP"],
  ...["SOCKMAP", "CPUMAP", "XSKMAP", "SOCKHASH", "CGROUP_STORAGE", "REUSEPORT_SOCKARRAY"],
  ...["PERCPU_CGROUP_STORAGE", "QUEUE", "STACK", "SK_STORAGE", "DEVMAP_HASH", "STRUCT_OPS", "RINGBUF"],
  ...["INODE_STORAGE", "TASK_STORAGE", "BLOOM_FILTER", "USER_RINGBUF", "CGRP_STORAGE", "ARENA"],
].map((name) => `BPF_MAP_TYPE_${name}`);

/** `enum perf_type_id` of `<linux/perf_event.h>`. */
const PERF_TYPES = ["HARDWARE", "SOFTWARE", "TRACEPOINT", "HW_CACHE", "RAW", "BREAKPOINT"].map(
  (name) => `PERF_TYPE_${name}`,
);

/** The bytes = an array of characters inside a struct. */
function readName(target: ReadTarget, from: Pointer, path: string): void {
  const { builder: b, failed } = target;
  const member = b.types.member(from.struct, path);
  const inner = b.chase(from, member.hops);
  b.asm.load(8, "r3", "r10", inner.slot).jumpIf("r3", "==", 0, failed);
  b.asm.alu("r3", "+=", inner.offset + member.offset);
  readText(target, { isKernelMemory: true });
}

/** Members that protobuf leaves out when they are zero or empty. */
function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== 0 && value !== ""));
}

function taintNames(taints: bigint): string[] {
  return TAINTS.filter(([, bit]) => (taints & BigInt(bit)) !== 0n).map(([name]) => name);
}

/** `struct module *` */
const module = defineReader({
  fields: { taints: "u64" },
  bytes: PLAIN_BYTES,
  read(target) {
    const pointer = target.pointer("module");
    target.copy("taints", pointer, "taints");
    readName(target, pointer, "name");
  },
  location: () => ({}),
  value(view) {
    const tainted = taintNames(view.wide("taints"));
    return { module_arg: { name: decodeText(view.bytes), ...(tainted.length === 0 ? {} : { tainted }) } };
  },
});

/** `struct load_info *`: a module's file. */
const loadInfo = defineReader({
  fields: { taints: "u64", signed: "u8" },
  bytes: PLAIN_BYTES,
  read(target) {
    const { builder: b } = target;
    const pointer = target.pointer("load_info");
    target.store("signed", 0);
    if (b.types.has("load_info", "sig_ok")) target.copy("signed", pointer, "sig_ok");
    target.copy("taints", pointer, "mod.taints");
    b.load("r3", pointer, "name");
    readText(target, { isKernelMemory: true });
  },
  location: () => ({}),
  value(view) {
    const tainted = taintNames(view.wide("taints"));
    const signature_ok = view.number("signed") !== 0;
    return {
      module_arg: {
        name: decodeText(view.bytes),
        signature_ok,
        ...(tainted.length === 0 ? {} : { tainted }),
      },
    };
  },
});

/** A program, by the members that say the same of what is asked for and what is there. */
function program(
  field: "bpf_attr_arg" | "bpf_prog_arg",
  struct: string,
  paths: { readonly type: string; readonly length: string; readonly name: string },
) {
  return defineReader({
    fields: { type: "u32", length: "u32" },
    bytes: PLAIN_BYTES,
    read(target) {
      const pointer = target.pointer(struct);
      target.copy("type", pointer, paths.type);
      target.copy("length", pointer, paths.length);
      readName(target, pointer, paths.name);
    },
    location: () => ({}),
    value(view) {
      const type = view.number("type");
      const ProgType = PROGRAM_TYPES.get(type) ?? String(type);
      return {
        [field]: present({ ProgType, InsnCnt: view.number("length"), ProgName: decodeText(view.bytes) }),
      };
    },
  });
}

/** `struct bpf_map *` */
const bpfMap = defineReader({
  fields: { type: "u32", key: "u32", value: "u32", entries: "u32" },
  bytes: PLAIN_BYTES,
  read(target) {
    const pointer = target.pointer("bpf_map");
    target.copy("type", pointer, "map_type");
    target.copy("key", pointer, "key_size");
    target.copy("value", pointer, "value_size");
    target.copy("entries", pointer, "max_entries");
    readName(target, pointer, "name");
  },
  location: () => ({}),
  value(view) {
    const type = view.number("type");
    return {
      bpf_map_arg: present({
        MapType: MAP_TYPES[type] ?? String(type),
        KeySize: view.number("key"),
        ValueSize: view.number("value"),
        MaxEntries: view.number("entries"),
        MapName: decodeText(view.bytes),
      }),
    };
  },
});

/** A number of `enum bpf_cmd`. */
const bpfCommand = numberReader((value) => ({ bpf_cmd_arg: COMMANDS.get(value) ?? value }));

/** `struct perf_event *` */
const perfEvent = defineReader({
  fields: { config: "u64", offset: "u64", type: "u32" },
  bytes: PLAIN_BYTES,
  read(target) {
    const { builder: b, scratch, region } = target;
    const { asm } = b;
    const pointer = target.pointer("perf_event");
    target.copy("type", pointer, "attr.type");
    target.copy("config", pointer, "attr.config");
    target.copy("offset", pointer, "attr.probe_offset");
    const done = asm.freshLabel("function");
    asm.store(4, scratch, region.length, 0);
    b.load("r3", pointer, "attr.kprobe_func");
    asm.jumpIf("r3", "==", 0, done);
    readText(target);
    asm.label(done);
  },
  location: () => ({}),
  value(view) {
    const type = view.number("type");
    const members = present({ KprobeFunc: decodeText(view.bytes), Type: PERF_TYPES[type] ?? String(type) });
    const config = view.wide("config");
    const offset = view.wide("offset");
    if (config !== 0n) members.Config = String(config);
    if (offset !== 0n) members.ProbeOffset = String(offset);
    return { perf_event_arg: members };
  },
});

export const KERNEL_OBJECT_READERS = {
  module,
  load_info: loadInfo,
  bpf_attr: program("bpf_attr_arg", "bpf_attr", { type: "prog_type", length: "insn_cnt", name: "prog_name" }),
  bpf_prog: program("bpf_prog_arg", "bpf_prog", { type: "type", length: "len", name: "aux.name" }),
  bpf_map: bpfMap,
  bpf_cmd: bpfCommand,
  perf_event: perfEvent,
} as const;
