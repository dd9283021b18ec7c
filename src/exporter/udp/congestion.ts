/**
 * @module Tells a queue of this host that is full for now from one that will never take a datagram: the kernel answers
 * `ENOBUFS` to both, and to a send buffer that the fragments of one datagram do not fit into.
 */

/** How long a datagram is tried again although nothing of this socket is under way, milliseconds. */
const PATIENCE_MS = 200;

/** What `ENOBUFS` means for the datagrams of one socket. */
export class Congestion {
  /** Since when nothing of this socket is under way and yet nothing is taken. */
  #since: number | undefined;
  /** Datagrams of this length have been given up, and none as long has left since. Bytes. */
  #hopelessLength = Number.POSITIVE_INFINITY;
  /** Whether {@link left} has anything to note. */
  isNoted = false;

  /**
   * Notes that a datagram found no room.
   * @param length Of the datagram, bytes.
   * @param queuedBytes What the socket has under way in queues of this host: as long as there is something, room comes.
   * @param now Milliseconds of a clock that never goes back.
   * @returns Whether it never will find any.
   */
  isHopeless(length: number, queuedBytes: number, now: number): boolean {
    this.isNoted = true;
    if (queuedBytes > 0) {
      this.#since = undefined;
      return false;
    }
    if (length >= this.#hopelessLength) return true;
    this.#since ??= now;
    if (now - this.#since < PATIENCE_MS) return false;
    this.#since = undefined;
    this.#hopelessLength = length;
    return true;
  }

  /** Notes that a datagram has left. @param length Bytes. */
  left(length: number): void {
    this.#since = undefined;
    if (length >= this.#hopelessLength) this.#hopelessLength = Number.POSITIVE_INFINITY;
    this.isNoted = this.#hopelessLength !== Number.POSITIVE_INFINITY;
  }
}
