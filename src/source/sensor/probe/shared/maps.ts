/** @module The maps that all programs of the sensor share. */

import { BPF_F_MMAPABLE, BPF_MAP_TYPE, type MapDefinition } from "../../../../kernel/map/index.ts";
import type { RecordMaps } from "../../../../kernel/program/index.ts";

/** Their names, as the programs use them. */
export const SENSOR_MAPS = {
  ring: "tetrad_events",
  lost: "tetrad_lost",
  scratch: "tetrad_scratch",
  /** Array with one `u64`, which may be mapped: the id of the cgroup that is the scope. */
  scope: "tetrad_scope",
  wakesReader: true,
} as const satisfies RecordMaps & { readonly scope: string };

/**
 * Definitions of the maps.
 * @param ringSize Bytes of the ring buffer: a power of two, a multiple of the page size.
 * @param longestRecord Bytes of the longest record that a program makes up before it is put into the ring.
 */
export function sensorMaps(ringSize: number, longestRecord: number): MapDefinition[] {
  return [
    { name: SENSOR_MAPS.ring, type: BPF_MAP_TYPE.RINGBUF, keySize: 0, valueSize: 0, maxEntries: ringSize },
    { name: SENSOR_MAPS.lost, type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 },
    {
      name: SENSOR_MAPS.scratch,
      type: BPF_MAP_TYPE.PERCPU_ARRAY,
      keySize: 4,
      valueSize: longestRecord,
      maxEntries: 1,
    },
    {
      name: SENSOR_MAPS.scope,
      type: BPF_MAP_TYPE.ARRAY,
      keySize: 4,
      valueSize: 8,
      maxEntries: 1,
      flags: BPF_F_MMAPABLE,
    },
  ];
}
