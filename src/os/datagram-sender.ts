/**
 * @module sendmmsg(2): up to {@link DATAGRAMS_PER_CALL} datagrams by one system call, straight from the buffers
 * that the events lie in.
 */
import { FFIType, type Pointer, ptr, read } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** Datagrams in one call at most. */
export const DATAGRAMS_PER_CALL = 64;
/** 32-bit words of one `struct mmsghdr` on 64-bit Linux: 56 bytes of `msghdr`, `msg_len`, padding. */
export const MMSGHDR_WORDS = 16;

/** Word offsets into `struct mmsghdr` (linux/socket.h: struct user_msghdr, struct mmsghdr). */
const MSG_NAME = 0;
const MSG_NAMELEN = 2;
const MSG_IOV = 4;
const MSG_IOVLEN = 6;
/** 32-bit words of one `struct iovec`. */
const IOVEC_WORDS = 4;
const TWO_32 = 4294967296;

/**
 * Number of the system call (asm/unistd.h). Called by number, not by musl's function of that name: that one sends
 * the datagrams one by one and writes `msg_len` itself, too late for a checkpoint to know of each.
 */
const SYS_SENDMMSG = process.arch === "arm64" ? 269 : 307;

const libc = openLibc({
  syscall: { args: [FFIType.i64_fast, "i32", "ptr", "u32", "i32"], returns: FFIType.i64_fast },
  __errno_location: { args: [], returns: "ptr" },
});

/** Memory for the message headers: an array of `struct mmsghdr` and its address. */
export interface MessageMemory {
  readonly messages: Uint32Array;
  readonly messagesAddress: number;
}

/** Errno values that the sender's users tell apart (asm-generic/errno-base.h, errno.h). */
export const Errno = {
  EINTR: 4,
  EAGAIN: 11,
  EFAULT: 14,
  EMSGSIZE: 90,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
} as const;

/** An array of datagrams to one destination, filled by {@link add} and sent by {@link send}. */
export class DatagramSender {
  readonly #memory: MessageMemory;
  readonly #iovecs: Uint32Array = new Uint32Array(DATAGRAMS_PER_CALL * IOVEC_WORDS);
  #destination: Uint8Array = new Uint8Array(28);
  #nameLength = 0;
  #fd = -1;
  #errno = 0;
  /** Datagrams added and not sent. */
  count = 0;

  /** @param memory Where the headers live: shared memory when a checkpoint follows what the kernel sent. */
  constructor(memory: MessageMemory) {
    this.#memory = memory;
    this.#writeHeaders();
  }

  /** Where datagrams go from now on. @param socketAddress As `encodeSocketAddress` makes it. */
  setDestination(fd: number, socketAddress: Uint8Array): void {
    this.#fd = fd;
    this.#destination = new Uint8Array(28);
    this.#destination.set(socketAddress);
    this.#nameLength = socketAddress.length;
    this.#writeHeaders();
  }

  #writeHeaders(): void {
    const { messages } = this.#memory;
    const iovecs = ptr(this.#iovecs);
    const name = ptr(this.#destination);
    for (let i = 0; i < DATAGRAMS_PER_CALL; i++) {
      const word = i * MMSGHDR_WORDS;
      messages.fill(0, word, word + MMSGHDR_WORDS);
      if (this.#nameLength > 0) this.#setAddress(word + MSG_NAME, name);
      messages[word + MSG_NAMELEN] = this.#nameLength;
      this.#setAddress(word + MSG_IOV, iovecs + i * IOVEC_WORDS * 4);
      messages[word + MSG_IOVLEN] = 1;
    }
  }

  #setAddress(word: number, address: number): void {
    this.#memory.messages[word] = address % TWO_32;
    this.#memory.messages[word + 1] = address / TWO_32;
  }

  /** Whether {@link add} has no room before the next {@link send}. */
  get isFull(): boolean {
    return this.count === DATAGRAMS_PER_CALL;
  }

  /**
   * Adds a datagram of `length` bytes at `address`. The memory must stay as it is, and its buffer referenced,
   * until it has been sent.
   */
  add(address: number, length: number): void {
    const i = this.count++;
    const word = i * IOVEC_WORDS;
    const high = Math.floor(address / TWO_32);
    this.#iovecs[word] = address - high * TWO_32;
    this.#iovecs[word + 1] = high;
    this.#iovecs[word + 2] = length;
  }

  /**
   * Sends datagrams `first` to `count - 1` by one system call.
   * @returns How many left, or -1 when the first of them failed: then {@link errno} says why.
   */
  send(first: number): number {
    const sent = this.#call(first);
    // The file was cut short between the look and the call.
    return sent < 0 && this.#errno === Errno.EFAULT ? this.#call(first) : sent;
  }

  #call(first: number): number {
    // Zeros where the file of shared memory was cut short (mapped-file.ts).
    if (this.#memory.messages[first * MMSGHDR_WORDS + MSG_IOVLEN] !== 1) this.#writeHeaders();
    const address = this.#memory.messagesAddress + first * MMSGHDR_WORDS * 4;
    const sent = Number(libc.syscall(SYS_SENDMMSG, this.#fd, address as Pointer, this.count - first, 0));
    if (sent < 0) this.#errno = read.i32(libc.__errno_location() as Pointer, 0);
    return sent;
  }

  /** Why the last {@link send} failed. */
  get errno(): number {
    return this.#errno;
  }
}
