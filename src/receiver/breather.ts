/**
 * @module Lets a receiver do other things, too, in a flood. Bun reads a socket until nothing is left in it, so that while more
 * comes than is taken, neither a timer nor a signal gets its turn.
 */
import { dropIncoming, takeIncoming } from "../os/udp-socket.ts";

/** How long nothing else has to wait for datagrams. Milliseconds. */
const PATIENCE_MS = 500;

/** Shuts a socket until what it holds has been read and all else has had its turn. */
export class Breather {
  readonly #fd: () => number | undefined;
  /** When the first datagram since all else had its turn came, milliseconds. */
  #since = 0;
  #isWaiting = false;
  #isShut = false;
  readonly #turn = () => {
    this.#isWaiting = false;
    const fd = this.#fd();
    if (this.#isShut && fd !== undefined) takeIncoming(fd);
    this.#isShut = false;
  };

  /** @param fd The socket, while it is open. */
  constructor(fd: () => number | undefined) {
    this.#fd = fd;
  }

  /** To be called with each datagram. @param now Milliseconds. */
  note(now: number): void {
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#since = now;
      setImmediate(this.#turn);
    } else if (!this.#isShut && now - this.#since > PATIENCE_MS) {
      const fd = this.#fd();
      this.#isShut = fd !== undefined && dropIncoming(fd);
    }
  }
}
