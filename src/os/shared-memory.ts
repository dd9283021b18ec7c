/** @module Memory that another process may read, and only this one may write. */
import { ptr } from "bun:ffi";
import { ftruncateSync } from "node:fs";
import { Descriptor } from "./descriptor.ts";
import { openLibc } from "./libc.ts";
import { Mapping, PROT } from "./mapping.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** linux/memfd.h, linux/fcntl.h. */
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
/** Since Linux 5.1. */
const F_SEAL_FUTURE_WRITE = 0x10;

const libc = openLibc({
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
});

/** Memory of a fixed size behind a descriptor. Whoever else has the descriptor can read it, and neither write nor resize it. */
export class SharedMemory implements Disposable {
  readonly #descriptor: Descriptor;
  readonly #mapping: Mapping;
  /** Not to be touched after it was disposed of. */
  readonly bytes: Buffer<ArrayBuffer>;

  /** @param name As it stands in `/proc/PID/maps`. @throws SystemCallError */
  constructor(name: string, length: number) {
    const fd = libc.memfd_create(ptr(Buffer.from(`${name}\0`)), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) throw new SystemCallError("memfd_create", lastErrno());
    this.#descriptor = new Descriptor(fd);
    let mapping: Mapping | undefined;
    try {
      ftruncateSync(fd, length);
      mapping = new Mapping(fd, length, PROT.READ | PROT.WRITE, 0);
      const seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
      if (libc.fcntl(fd, F_ADD_SEALS, seals) !== 0) throw new SystemCallError("fcntl", lastErrno());
    } catch (error) {
      mapping?.[Symbol.dispose]();
      this.#descriptor[Symbol.dispose]();
      throw error;
    }
    this.#mapping = mapping;
    this.bytes = Buffer.from(mapping.buffer);
  }

  get fd(): number {
    return this.#descriptor.fd;
  }

  [Symbol.dispose](): void {
    if (this.#descriptor.isClosed) return;
    this.#mapping[Symbol.dispose]();
    this.#descriptor[Symbol.dispose]();
  }
}
