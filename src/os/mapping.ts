/** @module Memory mapped from a file descriptor, as an `ArrayBuffer`. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** `<sys/mman.h>` */
export const PROT = { READ: 1, WRITE: 2 } as const;
const MAP_SHARED = 1;
const MAP_FAILED = -1;

const libc = openLibc({
  mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "i64" },
  munmap: { args: ["u64", "u64"], returns: "i32" },
  getpagesize: { args: [], returns: "i32" },
});

/** Bytes in a page of this machine. */
export const PAGE_SIZE: number = libc.getpagesize();

/** A shared mapping. The one owner unmaps it; `buffer` must not be touched after that. */
export class Mapping implements Disposable {
  readonly buffer: ArrayBuffer;
  readonly #address: number;

  /**
   * @param protection Bits of {@link PROT}.
   * @param offset In bytes, a multiple of {@link PAGE_SIZE}.
   * @throws SystemCallError
   */
  constructor(fd: number, length: number, protection: number, offset: number) {
    const address = Number(libc.mmap(0, length, protection, MAP_SHARED, fd, offset));
    if (address === MAP_FAILED) throw new SystemCallError("mmap", lastErrno());
    this.#address = address;
    this.buffer = toArrayBuffer(address as Pointer, 0, length);
  }

  [Symbol.dispose](): void {
    libc.munmap(this.#address, this.buffer.byteLength);
  }
}
