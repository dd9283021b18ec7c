/** @module What a map is to be: its type and sizes as data. */
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type BpfMapType } from "../../os/bpf/index.ts";

/** A map that programs refer to by its name. */
export interface MapDefinition {
  /** As programs have it; of what `bpftool` shows, the first 15 letters. */
  readonly name: string;
  readonly type: BpfMapType;
  /** Bytes of a key; 0 where a map has none. */
  readonly keySize: number;
  /** Bytes of a value; of a per-CPU map, of one CPU's. */
  readonly valueSize: number;
  /** Entries at most; of a ring buffer its bytes; 0 for local storage, which has one for each object. */
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags?: number;
  /** Of a map of maps: what all that it holds are like. */
  readonly inner?: MapDefinition;
}

const PER_CPU: ReadonlySet<BpfMapType> = new Set([
  BPF_MAP_TYPE.PERCPU_HASH,
  BPF_MAP_TYPE.PERCPU_ARRAY,
  BPF_MAP_TYPE.LRU_PERCPU_HASH,
]);

const LOCAL_STORAGE: ReadonlySet<BpfMapType> = new Set([
  BPF_MAP_TYPE.SK_STORAGE,
  BPF_MAP_TYPE.INODE_STORAGE,
  BPF_MAP_TYPE.TASK_STORAGE,
  BPF_MAP_TYPE.CGRP_STORAGE,
]);

/** Whether a map has a value for each CPU under each key. */
export function isPerCpu(type: BpfMapType): boolean {
  return PER_CPU.has(type);
}

/** Whether a map hangs its values on sockets, inodes, tasks or cgroups. The kernel wants to know the types of these. */
export function isLocalStorage(type: BpfMapType): boolean {
  return LOCAL_STORAGE.has(type);
}

/** Flags that a type of map cannot be without. */
export function impliedFlags(type: BpfMapType): number {
  return isLocalStorage(type) || type === BPF_MAP_TYPE.LPM_TRIE ? BPF_F_NO_PREALLOC : 0;
}
