/**
 * @module `union bpf_attr` of `<linux/bpf.h>`: what each command of `bpf(2)` takes.
 *
 * It is stable interface: fields are only ever appended, and a kernel takes a longer one as long as what it does not
 * know is zero. A test compares the offsets with those of the running kernel's own types.
 */
import { defineStruct } from "../struct-layout.ts";

/** `BPF_MAP_CREATE` */
export const MAP_CREATE_ATTR = defineStruct({
  map_type: [0, "u32"],
  key_size: [4, "u32"],
  value_size: [8, "u32"],
  max_entries: [12, "u32"],
  map_flags: [16, "u32"],
  inner_map_fd: [20, "u32"],
  map_name: [28, "name"],
  btf_fd: [48, "u32"],
  btf_key_type_id: [52, "u32"],
  btf_value_type_id: [56, "u32"],
});

/** `BPF_MAP_*_ELEM`; `BPF_MAP_GET_NEXT_KEY` has the next key where the others have the value. */
export const MAP_ELEM_ATTR = defineStruct({
  map_fd: [0, "u32"],
  key: [8, "pointer"],
  value: [16, "pointer"],
  flags: [24, "u64"],
});

/** `BPF_PROG_LOAD` */
export const PROG_LOAD_ATTR = defineStruct({
  prog_type: [0, "u32"],
  insn_cnt: [4, "u32"],
  insns: [8, "pointer"],
  license: [16, "pointer"],
  log_level: [24, "u32"],
  log_size: [28, "u32"],
  log_buf: [32, "pointer"],
  prog_flags: [44, "u32"],
  prog_name: [48, "name"],
  expected_attach_type: [68, "u32"],
  prog_btf_fd: [72, "u32"],
  func_info_rec_size: [76, "u32"],
  func_info: [80, "pointer"],
  func_info_cnt: [88, "u32"],
  attach_btf_id: [108, "u32"],
  attach_btf_obj_fd: [112, "u32"],
});

/** `BPF_OBJ_PIN` */
export const OBJECT_PIN_ATTR = defineStruct({ pathname: [0, "pointer"], bpf_fd: [8, "u32"] });

/** `BPF_BTF_LOAD` */
export const BTF_LOAD_ATTR = defineStruct({
  btf: [0, "pointer"],
  btf_log_buf: [8, "pointer"],
  btf_size: [16, "u32"],
  btf_log_size: [20, "u32"],
  btf_log_level: [24, "u32"],
});

/** `BPF_*_GET_NEXT_ID` and `BPF_*_GET_FD_BY_ID` */
export const OBJECT_ID_ATTR = defineStruct({ start_id: [0, "u32"], next_id: [4, "u32"] });

/** `BPF_OBJ_GET_INFO_BY_FD` */
export const OBJECT_INFO_ATTR = defineStruct({
  bpf_fd: [0, "u32"],
  info_len: [4, "u32"],
  info: [8, "pointer"],
});

/** `BPF_RAW_TRACEPOINT_OPEN` */
export const RAW_TRACEPOINT_ATTR = defineStruct({ name: [0, "pointer"], prog_fd: [8, "u32"] });

/** `BPF_LINK_CREATE` of a program that is attached to a descriptor: a cgroup or a perf event. */
export const LINK_CREATE_ATTR = defineStruct({
  prog_fd: [0, "u32"],
  target_fd: [4, "u32"],
  attach_type: [8, "u32"],
  flags: [12, "u32"],
});

/** `BPF_LINK_CREATE` of a program that is attached to a perf event, and asks which one it is. */
export const PERF_LINK_ATTR = defineStruct({
  ...LINK_CREATE_ATTR.fields,
  "perf_event.bpf_cookie": [16, "u64"],
});

/** `BPF_LINK_CREATE` for `BPF_TRACE_KPROBE_MULTI` */
export const KPROBE_MULTI_ATTR = defineStruct({
  ...LINK_CREATE_ATTR.fields,
  "kprobe_multi.flags": [16, "u32"],
  "kprobe_multi.cnt": [20, "u32"],
  "kprobe_multi.syms": [24, "pointer"],
  "kprobe_multi.addrs": [32, "pointer"],
  "kprobe_multi.cookies": [40, "pointer"],
});

/** `BPF_LINK_CREATE` for `BPF_TRACE_UPROBE_MULTI` */
export const UPROBE_MULTI_ATTR = defineStruct({
  ...LINK_CREATE_ATTR.fields,
  "uprobe_multi.path": [16, "pointer"],
  "uprobe_multi.offsets": [24, "pointer"],
  "uprobe_multi.ref_ctr_offsets": [32, "pointer"],
  "uprobe_multi.cookies": [40, "pointer"],
  "uprobe_multi.cnt": [48, "u32"],
  "uprobe_multi.flags": [52, "u32"],
  "uprobe_multi.pid": [56, "u32"],
});

/** `BPF_PROG_TEST_RUN` */
export const TEST_RUN_ATTR = defineStruct({
  prog_fd: [0, "u32"],
  retval: [4, "u32"],
  data_size_in: [8, "u32"],
  data_in: [16, "pointer"],
  repeat: [32, "u32"],
});

/** `struct bpf_btf_info`, which `BPF_OBJ_GET_INFO_BY_FD` fills. */
export const BTF_INFO = defineStruct({
  btf: [0, "pointer"],
  btf_size: [8, "u32"],
  id: [12, "u32"],
  name: [16, "pointer"],
  name_len: [24, "u32"],
  kernel_btf: [28, "u32"],
});

/** `struct bpf_link_info` as it is of links of kprobes (6.7: `missed`), which `BPF_OBJ_GET_INFO_BY_FD` fills. */
export const LINK_INFO = defineStruct({
  type: [0, "u32"],
  "kprobe_multi.missed": [32, "u64"],
  "perf_event.type": [16, "u32"],
  "perf_event.kprobe.missed": [48, "u64"],
  "perf_event.kprobe.cookie": [56, "u64"],
});
