/** @module Has the socket hear what this host does to datagrams, and nothing of what the network says of them. */
import { IcmpShield } from "../../os/icmp-shield.ts";
import type { AddressFamily } from "../../os/socket-address.ts";
import { reportErrors } from "../../os/udp-socket.ts";

/** Answers that come sooner after each other are too many, milliseconds. */
const ANSWER_INTERVAL_MS = 1000;

/** The errors that one socket reports. */
export class LocalErrors implements Disposable {
  readonly #fd: number;
  readonly #family: AddressFamily;
  readonly #receiver: Uint8Array;
  #shield: IcmpShield | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** @param receiver As `encodeSocketAddress` makes it. */
  constructor(fd: number, family: AddressFamily, receiver: Uint8Array) {
    this.#fd = fd;
    this.#family = family;
    this.#receiver = receiver;
  }

  /** Whether they are reported. They are not before {@link renew}, and where there is no route yet. */
  get areReported(): boolean {
    return this.#shield !== undefined;
  }

  /** Turns them on, or on again after the way to the receiver has changed. Without a shield they are off. */
  renew(): void {
    this[Symbol.dispose]();
    this.#shield = IcmpShield.open(this.#fd, this.#family, this.#receiver);
    reportErrors(this.#fd, this.#family, this.#shield !== undefined);
  }

  /**
   * An answer of the network came through: the way to the receiver has changed. Where that happens again and again, the
   * receiver is rather not what it seems, and errors stay off.
   */
  noteAnswer(now: number): void {
    const isRepeated = now - this.#answeredAt < ANSWER_INTERVAL_MS;
    this.#answeredAt = now;
    if (!isRepeated) {
      this.renew();
      return;
    }
    this[Symbol.dispose]();
    reportErrors(this.#fd, this.#family, false);
  }

  [Symbol.dispose](): void {
    this.#shield?.[Symbol.dispose]();
    this.#shield = undefined;
  }
}
