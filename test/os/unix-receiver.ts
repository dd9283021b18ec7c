/** @module A Unix datagram socket that tests receive on, in place of systemd's. */
import { ptr } from "bun:ffi";
import { openLibc } from "../../src/os/libc.ts";

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});

/** SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK. */
const SOCKET_TYPE = 2 | 0o2000000 | 0o4000;

/** Receives datagrams at a path, or at an abstract address that begins with `@`. Closed by `using`. */
export class UnixReceiver {
  readonly #fd: number;

  constructor(path: string) {
    const name = new TextEncoder().encode(path.replace(/^@/, "\0"));
    const address = new Uint8Array(2 + name.length);
    address[0] = 1;
    address.set(name, 2);
    this.#fd = libc.socket(1, SOCKET_TYPE, 0);
    if (libc.bind(this.#fd, ptr(address), address.length) !== 0) throw new Error(`Cannot bind to "${path}"`);
  }

  /** The next datagram, or `undefined` when there is none yet. */
  receive(): string | undefined {
    const buffer = new Uint8Array(4096);
    const length = Number(libc.recv(this.#fd, ptr(buffer), buffer.length, 0));
    return length < 0 ? undefined : new TextDecoder().decode(buffer.subarray(0, length));
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }
}
