/** @module The maps of the TCP program. */
import { BPF_MAP_TYPE, type MapDefinition } from "../../../../kernel/map/index.ts";
import { listenerKey, listenerOwner, socketOwner } from "./owner.ts";

/** Owners of sockets by the socket's cookie, and of listeners by place. */
export const NETWORK_MAPS = { sockets: "tetrad_sockets", listeners: "tetrad_listen" } as const;

/** Sockets that are followed at the same time. Beyond that the one that was silent longest is forgotten. */
export const MAX_SOCKETS = 65536;

/** Their definitions. */
export const TCP_MAPS: readonly MapDefinition[] = [
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
