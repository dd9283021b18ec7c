/** @module The maps that the sensor's programs share. */

import { BPF_F_MMAPABLE, BPF_MAP_TYPE, type MapDefinition } from "../../../../kernel/map/index.ts";
import type { RecordMaps } from "../../../../kernel/program/index.ts";
import { execRecord, listenerKey, listenerOwner, socketOwner } from "./records.ts";

/** Map names, as the programs use them. */
export const SENSOR_MAPS = {
  ring: "tetrad_events",
  lost: "tetrad_lost",
  scratch: "tetrad_scratch",
  /** Array with one `u64`, which may be mapped: the id of the cgroup that is the scope. */
  scope: "tetrad_scope",
} as const satisfies RecordMaps & { readonly scope: string };

/** Maps of the network program: owners of sockets by the socket's cookie, and of listeners by place. */
export const NETWORK_MAPS = { sockets: "tetrad_sockets", listeners: "tetrad_listen" } as const;

/** Sockets that are followed at the same time. Beyond that the one that was silent longest is forgotten. */
export const MAX_SOCKETS = 65536;

/** Definitions of the maps that network events need beside the others. */
export function networkMaps(): MapDefinition[] {
  return [
    {
      name: NETWORK_MAPS.sockets,
      type: BPF_MAP_TYPE.LRU_HASH,
      keySize: 8,
      valueSize: socketOwner.headerSize,
      maxEntries: MAX_SOCKETS,
    },
    {
      name: NETWORK_MAPS.listeners,
      type: BPF_MAP_TYPE.LRU_HASH,
      keySize: listenerKey.headerSize,
      valueSize: listenerOwner.headerSize,
      maxEntries: MAX_SOCKETS / 16,
    },
  ];
}

/**
 * Definitions of the maps.
 * @param ringSize Bytes of the ring buffer: a power of two, a multiple of the page size.
 */
export function sensorMaps(ringSize: number): MapDefinition[] {
  return [
    { name: SENSOR_MAPS.ring, type: BPF_MAP_TYPE.RINGBUF, keySize: 0, valueSize: 0, maxEntries: ringSize },
    { name: SENSOR_MAPS.lost, type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 },
    {
      name: SENSOR_MAPS.scratch,
      type: BPF_MAP_TYPE.PERCPU_ARRAY,
      keySize: 4,
      valueSize: execRecord.maxSize,
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
