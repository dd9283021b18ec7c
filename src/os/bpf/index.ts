/** @module `bpf(2)`: maps, programs, links and types, as typed functions over file descriptors. */
export { type BtfInfo, btfById, btfInfo, btfLoad, btfNextId } from "./btf.ts";
export { isErrno, SYS_BPF } from "./call.ts";
export {
  BPF_ATTACH_TYPE,
  BPF_F_MMAPABLE,
  BPF_F_NO_PREALLOC,
  BPF_MAP_TYPE,
  BPF_PROG_TYPE,
  type BpfAttachType,
  type BpfMapType,
  type BpfProgType,
  UPDATE,
  type UpdateFlag,
} from "./constants.ts";
export {
  kprobeMultiLink,
  linkCreate,
  linkMisses,
  perfLink,
  rawTracepointOpen,
  type UprobeMulti,
  uprobeMultiLink,
} from "./link.ts";
export { type MapAttributes, mapCreate, mapDelete, mapLookup, mapNextKey, mapUpdate } from "./map.ts";
export { isBpfFileSystem, objectPin } from "./pin.ts";
export { FUNC_INFO_SIZE, type ProgramAttributes, programLoad, programTestRun } from "./program.ts";
