/**
 * @module What programs keep of each process: which facts are true of it, and what it was like when it executed its
 * program. It is kept as long as a loaded policy asks for it, in a hash by the process's number: unlike storage that hangs
 * on a task, it stays when a thread that is not the first one executes another program.
 */

import type { TypeSource } from "../../../kernel/btf/index.ts";
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type MapDefinition } from "../../../kernel/map/index.ts";
import { NAMESPACE_NAMES } from "../../policy.ts";

/** Facts that there may be at a time, of all policies together. */
export const MOST_FACTS = 256;
/** Bytes of a set of facts: a bit for each. */
export const FACTS_SIZE = MOST_FACTS / 8;

/** The namespaces of a record, in their order. */
export const RECORDED_NAMESPACES = NAMESPACE_NAMES;

/** The capability sets of a record, in their order. */
export const RECORDED_CAPABILITIES = ["effective", "inheritable", "permitted"] as const;

/** Where everything lies in a record. */
export const PROCESS_RECORD = {
  /** Address of the `task_struct` of its first thread; 0 where the agent made the record. */
  task: 0,
  /** What is true of the process itself. */
  own: 8,
  /** What is or was true of one of those that it descends from, or of itself before it executed its program. */
  line: 8 + FACTS_SIZE,
  /** What was true of its parent when the process began. */
  parent: 8 + 2 * FACTS_SIZE,
  /** Inode numbers of its namespaces when it executed its program, and since then when an event told of a change. */
  namespaces: 8 + 3 * FACTS_SIZE,
  /** The same of its capabilities. */
  capabilities: 8 + 3 * FACTS_SIZE + RECORDED_NAMESPACES.length * 4,
  size: 8 + 3 * FACTS_SIZE + RECORDED_NAMESPACES.length * 4 + RECORDED_CAPABILITIES.length * 8,
} as const;

/** Name of the map: a hash of records by thread group id. */
export const PROCESS_MAP = "tetrad_process";

/** Processes that there may be at a time. What is not known of one that comes after them counts as false. */
const MOST_PROCESSES = 1 << 14;

/**
 * The map. Where the kernel has an allocator that any program may use (6.1), records take memory as there are processes;
 * older ones want all of it from the start.
 */
export function processMap(types: TypeSource): MapDefinition {
  const hasAllocator = types.has("bpf_htab", "ma");
  return {
    name: PROCESS_MAP,
    type: BPF_MAP_TYPE.HASH,
    keySize: 4,
    valueSize: PROCESS_RECORD.size,
    maxEntries: MOST_PROCESSES,
    flags: hasAllocator ? BPF_F_NO_PREALLOC : 0,
  };
}
