/** @module Memory with machine code of our own: for where no JavaScript can run, as in handlers of signals and in other threads. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** Where the data of {@link CodeMemory} begins: beyond a page of either architecture. */
const DATA_OFFSET = 0x10000;
const PROT_READ_WRITE = 1 | 2;
const PROT_READ_EXEC = 1 | 4;
const MAP_PRIVATE_ANONYMOUS = 2 | 0x20;

const libc = openLibc({
  mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "i64" },
  mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
  munmap: { args: ["ptr", "u64"], returns: "i32" },
});

/** Code, and 0x10000 bytes behind where it begins, data that it may write: zeros at first. */
export class CodeMemory implements Disposable {
  /** Of the code. */
  readonly address: Pointer;
  readonly data: ArrayBuffer;
  readonly #length: number;

  /**
   * The code is written first, and executable after: never both.
   * @param code Shorter than 0x10000 bytes, and right at any address.
   * @param dataLength Bytes of data.
   * @throws SystemCallError where no memory may be executable.
   */
  constructor(code: Uint8Array, dataLength = 0) {
    this.#length = DATA_OFFSET + dataLength;
    const address = Number(
      libc.mmap(null, this.#length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0),
    ) as Pointer;
    if (address < 0) throw new SystemCallError("mmap", lastErrno());
    this.address = address;
    const memory = toArrayBuffer(address, 0, this.#length);
    new Uint8Array(memory).set(code);
    this.data = dataLength === 0 ? new ArrayBuffer(0) : toArrayBuffer(address, DATA_OFFSET, dataLength);
    if (libc.mprotect(address, DATA_OFFSET, PROT_READ_EXEC) === 0) return;
    const error = new SystemCallError("mprotect to executable", lastErrno());
    this[Symbol.dispose]();
    throw error;
  }

  /** Unmaps it: nothing may run there, or look at {@link data}, any more. */
  [Symbol.dispose](): void {
    libc.munmap(this.address, this.#length);
  }
}
