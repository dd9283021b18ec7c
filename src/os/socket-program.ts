/** @module eBPF programs on a socket of this process. */
import { ptr } from "bun:ffi";
import { Descriptor } from "./descriptor.ts";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const SOL_SOCKET = 1;
const SO_DETACH_FILTER = 27;
const SO_ATTACH_BPF = 50;
/** asm-generic/fcntl.h */
const F_DUPFD_CLOEXEC = 1030;

const libc = openLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
});

/** A program on a socket. */
export class SocketProgram implements Disposable {
  /** The socket itself: its owner may close it first, and the number be another file's by then. */
  readonly #socket: Descriptor;

  /**
   * Lets a program decide about what the socket receives. There is one at a time: this one takes the place of another.
   * @param socketFd Stays the caller's. The socket stays open until both are closed.
   * @throws SystemCallError
   */
  constructor(socketFd: number, programFd: number) {
    const fd = libc.fcntl(socketFd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) throw new SystemCallError("fcntl", lastErrno());
    using stack = new DisposableStack();
    this.#socket = stack.use(new Descriptor(fd));
    setOption(fd, SO_ATTACH_BPF, programFd);
    stack.move();
  }

  /** Takes away whatever program the socket has. Idempotent. @throws SystemCallError `ENOENT` when there is none. */
  [Symbol.dispose](): void {
    if (this.#socket.isClosed) return;
    using socket = this.#socket;
    setOption(socket.fd, SO_DETACH_FILTER, 0);
  }
}

function setOption(fd: number, option: number, value: number): void {
  if (libc.setsockopt(fd, SOL_SOCKET, option, ptr(new Int32Array([value])), 4) !== 0)
    throw new SystemCallError("setsockopt", lastErrno());
}
