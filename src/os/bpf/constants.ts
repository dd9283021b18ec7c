/** @module Numbers of `<linux/bpf.h>`, by the names that they have there. The comments say the kernel that brought them. */

/** `enum bpf_cmd` */
export const BPF_CMD = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  OBJ_PIN: 6,
  PROG_TEST_RUN: 10,
  OBJ_GET_INFO_BY_FD: 15,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19,
  BTF_GET_NEXT_ID: 23,
  LINK_CREATE: 28,
} as const;

/** `enum bpf_map_type` */
export const BPF_MAP_TYPE = {
  HASH: 1,
  ARRAY: 2,
  PROG_ARRAY: 3,
  PERF_EVENT_ARRAY: 4,
  PERCPU_HASH: 5,
  PERCPU_ARRAY: 6,
  STACK_TRACE: 7,
  LRU_HASH: 9,
  LRU_PERCPU_HASH: 10,
  LPM_TRIE: 11,
  ARRAY_OF_MAPS: 12,
  HASH_OF_MAPS: 13,
  /** 5.2 */
  SK_STORAGE: 24,
  /** 5.8 */
  RINGBUF: 27,
  /** 5.10 */
  INODE_STORAGE: 28,
  /** 5.11 */
  TASK_STORAGE: 29,
  /** 6.2 */
  CGRP_STORAGE: 32,
} as const;
export type BpfMapType = (typeof BPF_MAP_TYPE)[keyof typeof BPF_MAP_TYPE];

/** `enum bpf_prog_type` */
export const BPF_PROG_TYPE = {
  SOCKET_FILTER: 1,
  KPROBE: 2,
  TRACEPOINT: 5,
  CGROUP_SKB: 8,
  CGROUP_SOCK: 9,
  CGROUP_DEVICE: 15,
  /** 4.17 */
  RAW_TRACEPOINT: 17,
  /** 4.17 */
  CGROUP_SOCK_ADDR: 18,
  /** 5.5 */
  TRACING: 26,
  /** 5.7 */
  LSM: 29,
} as const;
export type BpfProgType = (typeof BPF_PROG_TYPE)[keyof typeof BPF_PROG_TYPE];

/** `enum bpf_attach_type` */
export const BPF_ATTACH_TYPE = {
  /** Also what a program is loaded with whose type has one way to be attached only. */
  CGROUP_INET_INGRESS: 0,
  CGROUP_INET_EGRESS: 1,
  CGROUP_INET_SOCK_CREATE: 2,
  CGROUP_DEVICE: 6,
  CGROUP_INET4_CONNECT: 10,
  CGROUP_INET6_CONNECT: 11,
  /** 5.5 */
  TRACE_RAW_TP: 23,
  /** 5.5 */
  TRACE_FENTRY: 24,
  /** 5.5 */
  TRACE_FEXIT: 25,
  /** 5.7 */
  MODIFY_RETURN: 26,
  /** 5.7 */
  LSM_MAC: 27,
  /** 5.15 */
  PERF_EVENT: 41,
  /** 5.18 */
  TRACE_KPROBE_MULTI: 42,
  /** 6.6 */
  TRACE_UPROBE_MULTI: 48,
} as const;
export type BpfAttachType = (typeof BPF_ATTACH_TYPE)[keyof typeof BPF_ATTACH_TYPE];

/** `BPF_F_NO_PREALLOC`: values are made when they are needed. Tries and local storage take no others. */
export const BPF_F_NO_PREALLOC = 1;
/** `BPF_F_SLEEPABLE`: the program may wait for memory of the process (5.10). */
export const BPF_F_SLEEPABLE = 1 << 4;
/** `BPF_F_MMAPABLE`: an array that can be mapped into memory (5.5). */
export const BPF_F_MMAPABLE = 1 << 10;
/** `BPF_F_KPROBE_MULTI_RETURN` and `BPF_F_UPROBE_MULTI_RETURN`: runs where the function returns. */
export const BPF_F_MULTI_RETURN = 1;

/** How `BPF_MAP_UPDATE_ELEM` treats a key that is there already. */
export const UPDATE = { ANY: 0n, NOEXIST: 1n, EXIST: 2n } as const;
export type UpdateFlag = (typeof UPDATE)[keyof typeof UPDATE];
