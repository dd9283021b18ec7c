/** @module The maps of the TCP program. */
import { BPF_MAP_TYPE, type MapDefinition } from "../../../../kernel/map/index.ts";
import { listenerKey, listenerOwner, socketOwner } from "./owner.ts";

/** Owners of sockets, which the sockets carry, and of listeners by place. */
export const NETWORK_MAPS = { sockets: "tetrad_sockets", listeners: "tetrad_listen" } as const;

/**
 * Listeners that are known at the same time. Beyond that new ones are not, and counted as lost: none takes another's
 * place, or whoever opens many would make those of others unknown.
 */
const MAX_LISTENERS = 65536;

/** Their definitions. */
export const TCP_MAPS: readonly MapDefinition[] = [
  {
    name: NETWORK_MAPS.sockets,
    type: BPF_MAP_TYPE.SK_STORAGE,
    keySize: 4,
    valueSize: socketOwner.headerSize,
    maxEntries: 0,
  },
  {
    name: NETWORK_MAPS.listeners,
    type: BPF_MAP_TYPE.HASH,
    keySize: listenerKey.headerSize,
    valueSize: listenerOwner.headerSize,
    maxEntries: MAX_LISTENERS,
  },
];
