/** @module The maps of the TCP program. */
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type MapDefinition } from "../../../../kernel/map/index.ts";
import type { SocketMemory } from "./memory.ts";
import { listenerKey, listenerOwner, socketOwner } from "./owner.ts";

/** Owners of sockets, and of listeners by place. */
export const NETWORK_MAPS = { sockets: "tetrad_sockets", listeners: "tetrad_listen" } as const;

/**
 * Listeners that are known at the same time. Beyond that new ones are not, and counted as lost: none takes another's
 * place, or whoever opens many would make those of others unknown.
 */
const MAX_LISTENERS = 65536;

/** Sockets that are known at the same time where they do not carry their owners, by the same rule. */
const MAX_SOCKETS = 262_144;

/** Bytes of an address. */
const ADDRESS_SIZE = 8;

/** Their definitions. */
export function tcpMaps(memory: SocketMemory): MapDefinition[] {
  const valueSize = socketOwner.headerSize;
  return [
    memory === "storage"
      ? { name: NETWORK_MAPS.sockets, type: BPF_MAP_TYPE.SK_STORAGE, keySize: 4, valueSize, maxEntries: 0 }
      : {
          name: NETWORK_MAPS.sockets,
          type: BPF_MAP_TYPE.HASH,
          keySize: ADDRESS_SIZE,
          valueSize,
          maxEntries: MAX_SOCKETS,
          flags: BPF_F_NO_PREALLOC,
        },
    {
      name: NETWORK_MAPS.listeners,
      type: BPF_MAP_TYPE.HASH,
      keySize: listenerKey.headerSize,
      valueSize: listenerOwner.headerSize,
      maxEntries: MAX_LISTENERS,
    },
  ];
}
