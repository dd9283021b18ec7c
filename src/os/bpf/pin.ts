/** @module Names in the BPF file system: what has one lives on when the process that made it has ended. */
import { fs } from "../fs.ts";
import { cString } from "../struct-layout.ts";
import { OBJECT_PIN_ATTR } from "./attr.ts";
import { bpf } from "./call.ts";

/** `BPF_FS_MAGIC` (linux/magic.h). */
const BPF_FS_MAGIC = 0xcafe4a11;

/**
 * Gives a map, a program or a link (5.7) a name.
 * @param path In a BPF file system, not there yet, without a dot in its last part.
 * @throws SystemCallError `EINVAL` for a descriptor of something else, such as a perf event.
 */
export function objectPin(fd: number, path: string): void {
  bpf("OBJ_PIN", OBJECT_PIN_ATTR, { pathname: cString(path), bpf_fd: fd });
}

/** Whether what is at `path` is in a BPF file system. @throws The system's error. */
export function isBpfFileSystem(path: string): boolean {
  return Number(fs().statfsSync(path).type) === BPF_FS_MAGIC;
}
