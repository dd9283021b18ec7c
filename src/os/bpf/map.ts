/** @module Commands of `bpf(2)` for maps. */
import { MAP_CREATE_ATTR, MAP_ELEM_ATTR } from "./attr.ts";
import { bpf, isErrno } from "./call.ts";
import type { BpfMapType, UpdateFlag } from "./constants.ts";

/** What `BPF_MAP_CREATE` takes. */
export interface MapAttributes {
  readonly type: BpfMapType;
  /** As shown by `bpftool`. */
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags?: number | undefined;
  /** Of a map of maps: descriptor of one that is like all that it will hold. */
  readonly innerMapFd?: number | undefined;
  /** Types of key and value: the descriptor of loaded BTF, and ids there. Local storage needs them. */
  readonly btf?:
    | { readonly fd: number; readonly keyTypeId: number; readonly valueTypeId: number }
    | undefined;
}

/**
 * Creates a map.
 * @returns Its file descriptor; the map lives as long as a descriptor or a program refers to it.
 * @throws SystemCallError
 */
export function mapCreate({ btf, ...map }: MapAttributes): number {
  return bpf("MAP_CREATE", MAP_CREATE_ATTR, {
    map_type: map.type,
    key_size: map.keySize,
    value_size: map.valueSize,
    max_entries: map.maxEntries,
    map_flags: map.flags,
    inner_map_fd: map.innerMapFd,
    map_name: map.name,
    btf_fd: btf?.fd,
    btf_key_type_id: btf?.keyTypeId,
    btf_value_type_id: btf?.valueTypeId,
  });
}

/**
 * Reads the value under `key` into `value`; of a per-CPU map, each possible CPU's, 8-byte aligned. The kernel writes as
 * much as the map's values are long, however long `value` is.
 * @returns Whether there is one.
 * @throws SystemCallError
 */
export function mapLookup(fd: number, key: Uint8Array, value: Uint8Array): boolean {
  return isFound(() => bpf("MAP_LOOKUP_ELEM", MAP_ELEM_ATTR, { map_fd: fd, key, value }));
}

/**
 * Puts `value` under `key`. The kernel reads as much of both as the map's keys and values are long.
 * @throws SystemCallError `E2BIG` when the map is full; `EEXIST` and `ENOENT` by `flags`.
 */
export function mapUpdate(fd: number, key: Uint8Array, value: Uint8Array, flags: UpdateFlag): void {
  bpf("MAP_UPDATE_ELEM", MAP_ELEM_ATTR, { map_fd: fd, key, value, flags });
}

/**
 * Removes what is under `key`.
 * @returns Whether there was something.
 * @throws SystemCallError
 */
export function mapDelete(fd: number, key: Uint8Array): boolean {
  return isFound(() => bpf("MAP_DELETE_ELEM", MAP_ELEM_ATTR, { map_fd: fd, key }));
}

/**
 * Writes the key that follows `key`, or the first one, into `next`.
 * @returns Whether there is one.
 * @throws SystemCallError
 */
export function mapNextKey(fd: number, key: Uint8Array | undefined, next: Uint8Array): boolean {
  return isFound(() => bpf("MAP_GET_NEXT_KEY", MAP_ELEM_ATTR, { map_fd: fd, key, value: next }));
}

function isFound(call: () => number): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}
