/** @module Maps: what programs share with each other and with the agent. */
export {
  BPF_F_MMAPABLE,
  BPF_F_NO_PREALLOC,
  BPF_MAP_TYPE,
  type BpfMapType,
  UPDATE,
} from "../../os/bpf/index.ts";
export { BpfMap, type MapData } from "./bpf-map.ts";
export { possibleCpuCount } from "./cpu.ts";
export type { MapDefinition } from "./definition.ts";
