/** @module The helper functions that programs may call, by their number in `<linux/bpf.h>`. */

/** Helpers, without their `bpf_` prefix. The comment says the kernel that brought it. A test compares the numbers with the kernel's. */
export const HELPERS = {
  map_lookup_elem: 1,
  map_update_elem: 2,
  map_delete_elem: 3,
  ktime_get_ns: 5,
  get_smp_processor_id: 8,
  tail_call: 12,
  get_current_pid_tgid: 14,
  get_current_uid_gid: 15,
  get_current_comm: 16,
  perf_event_output: 25,
  skb_load_bytes: 26,
  get_stackid: 27,
  get_current_task: 35,
  /** For who has CAP_SYS_ADMIN when the program is loaded. */
  probe_write_user: 36,
  /** In tracing programs: 5.12 */
  get_socket_cookie: 46,
  /** Where the kernel has CONFIG_BPF_KPROBE_OVERRIDE. */
  override_return: 58,
  get_stack: 67,
  get_current_cgroup_id: 80,
  /** 5.2 */
  sk_storage_get: 107,
  sk_storage_delete: 108,
  /** 5.3 */
  send_signal: 109,
  /** 5.5 */
  probe_read_user: 112,
  /** 5.5 */
  probe_read_kernel: 113,
  /** 5.5 */
  probe_read_user_str: 114,
  /** 5.5 */
  probe_read_kernel_str: 115,
  /** 5.8 */
  ktime_get_boot_ns: 125,
  /** 5.8 */
  ringbuf_output: 130,
  /** 5.8 */
  ringbuf_reserve: 131,
  /** 5.8 */
  ringbuf_submit: 132,
  /** 5.8 */
  ringbuf_discard: 133,
  /** In tracing programs: 5.9 */
  skc_to_tcp_sock: 137,
  /** 5.10 */
  inode_storage_get: 145,
  /** 5.10 */
  d_path: 147,
  /** 5.10, in programs that may sleep */
  copy_from_user: 148,
  /** 5.11 */
  task_storage_get: 156,
  /** 5.11 */
  get_current_task_btf: 158,
  /** 5.11, in programs of security modules that may sleep */
  ima_inode_hash: 161,
  /** 5.15 */
  get_func_ip: 173,
  /** 5.15 */
  get_attach_cookie: 174,
  /** 5.15 */
  task_pt_regs: 175,
  /** 5.17 */
  loop: 181,
  /** 5.17 */
  strncmp: 182,
  /** 5.17 */
  get_func_arg: 183,
  /** 5.18, in programs of security modules that may sleep */
  ima_file_hash: 193,
  /** 6.2 */
  cgrp_storage_get: 210,
} as const;
export type Helper = keyof typeof HELPERS;

const NAMES = new Map<number, string>(Object.entries(HELPERS).map(([name, number]) => [number, name]));

/** Name of a helper with its `bpf_` prefix, for listings. */
export function helperName(number: number): string {
  const name = NAMES.get(number);
  return name === undefined ? `helper#${number}` : `bpf_${name}`;
}
