/** @module The helper functions that programs here call, by their number in `<linux/bpf.h>`. */

/** Helpers, without their `bpf_` prefix. The comment says the kernel that brought it. */
export const HELPERS = {
  map_lookup_elem: 1,
  map_update_elem: 2,
  map_delete_elem: 3,
  get_current_task: 35,
  /** In tracing programs: 5.12 */
  get_socket_cookie: 46,
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
} as const;
export type Helper = keyof typeof HELPERS;

const NAMES = new Map<number, string>(Object.entries(HELPERS).map(([name, number]) => [number, name]));

/** Name of a helper with its `bpf_` prefix, for listings. */
export function helperName(number: number): string {
  const name = NAMES.get(number);
  return name === undefined ? `helper#${number}` : `bpf_${name}`;
}
