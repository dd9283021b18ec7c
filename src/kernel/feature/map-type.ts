/** @module Whether the kernel has a type of map. */
import { PAGE_SIZE } from "../../os/mapping.ts";
import { BPF_MAP_TYPE, BpfMap, type BpfMapType, type MapDefinition } from "../map/index.ts";
import { answerOf, type FeatureAnswer, rememberEach } from "./answer.ts";

const INNER: MapDefinition = {
  name: "tetrad_inner",
  type: BPF_MAP_TYPE.ARRAY,
  keySize: 4,
  valueSize: 4,
  maxEntries: 1,
};

/** Sizes that a type of map takes, where they are not 4 and 4 bytes, once. */
const SIZES: Partial<Record<BpfMapType, Partial<MapDefinition>>> = {
  [BPF_MAP_TYPE.STACK_TRACE]: { valueSize: 8 },
  [BPF_MAP_TYPE.LPM_TRIE]: { keySize: 8 },
  [BPF_MAP_TYPE.ARRAY_OF_MAPS]: { inner: INNER },
  [BPF_MAP_TYPE.HASH_OF_MAPS]: { inner: INNER },
  [BPF_MAP_TYPE.RINGBUF]: { keySize: 0, valueSize: 0, maxEntries: PAGE_SIZE },
  [BPF_MAP_TYPE.SK_STORAGE]: { maxEntries: 0 },
  [BPF_MAP_TYPE.INODE_STORAGE]: { maxEntries: 0 },
  [BPF_MAP_TYPE.TASK_STORAGE]: { maxEntries: 0 },
  [BPF_MAP_TYPE.CGRP_STORAGE]: { maxEntries: 0 },
};

/** Whether the kernel has it. Asked once; what is inconclusive is asked again. */
export const haveMapType: (type: BpfMapType) => FeatureAnswer = rememberEach((type) =>
  answerOf(() => {
    const sizes = { keySize: 4, valueSize: 4, maxEntries: 1, ...SIZES[type] };
    using _ = BpfMap.create({ name: "tetrad_probe", type, ...sizes });
  }),
);
