/** @module Commands of `bpf(2)` for types: loads one's own, and finds those that the kernel has. */
import { withStruct } from "../struct-layout.ts";
import { BTF_INFO, BTF_LOAD_ATTR, OBJECT_ID_ATTR, OBJECT_INFO_ATTR } from "./attr.ts";
import { bpf, isErrno } from "./call.ts";

/** Bytes of a module's name, the final NUL included: `MODULE_NAME_LEN`. */
const MODULE_NAME_LENGTH = 64;

/**
 * Gives the kernel types of programs and maps.
 * @returns The descriptor.
 * @throws SystemCallError
 */
export function btfLoad(bytes: Uint8Array): number {
  return bpf("BTF_LOAD", BTF_LOAD_ATTR, { btf: bytes, btf_size: bytes.length });
}

/**
 * The id that follows `id` among all BTF of the kernel, or `undefined` when there is none. Takes `CAP_SYS_ADMIN`.
 * @throws SystemCallError
 */
export function btfNextId(id: number): number | undefined {
  let next = 0;
  try {
    bpf("BTF_GET_NEXT_ID", OBJECT_ID_ATTR, { start_id: id }, (attr) => {
      next = attr.getUint32(OBJECT_ID_ATTR.fields.next_id[0], true);
    });
    return next;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * A descriptor of the BTF with that id, or `undefined` when it is gone. Takes `CAP_SYS_ADMIN`.
 * @throws SystemCallError
 */
export function btfById(id: number): number | undefined {
  try {
    return bpf("BTF_GET_FD_BY_ID", OBJECT_ID_ATTR, { start_id: id });
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What the kernel says about BTF. */
export interface BtfInfo {
  readonly id: number;
  /** Of the kernel's own: `vmlinux`, or the module's. Empty for what a process loaded. */
  readonly name: string;
  /** Whether it describes the kernel or a module. */
  readonly isKernel: boolean;
}

/**
 * Describes BTF (the name: 5.11).
 * @throws SystemCallError
 */
export function btfInfo(fd: number): BtfInfo {
  const name = new Uint8Array(MODULE_NAME_LENGTH);
  return withStruct(BTF_INFO, { name, name_len: name.length }, (info) => {
    bpf("OBJ_GET_INFO_BY_FD", OBJECT_INFO_ATTR, { bpf_fd: fd, info, info_len: info.length });
    const view = new DataView(info.buffer);
    return {
      id: view.getUint32(BTF_INFO.fields.id[0], true),
      name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
      isKernel: view.getUint32(BTF_INFO.fields.kernel_btf[0], true) !== 0,
    };
  });
}
