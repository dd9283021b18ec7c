/**
 * @module sendmmsg(2): up to {@link MESSAGES_PER_CALL} messages by one system call, straight from the buffers that the
 * events lie in. A message is one datagram, or a run of them, which walk through the kernel's stack together.
 *
 * A run is what udp(7) calls `UDP_SEGMENT`: the kernel cuts the message into datagrams of one length, of which only the
 * last may be shorter. All of them are sent or none. Its bytes are put together from the lines by scatter-gather; a line
 * that is shorter than the others gets spaces before its newline, out of one constant buffer.
 */
import { FFIType, type Pointer, ptr, read } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** Messages in one call at most. */
export const MESSAGES_PER_CALL = 64;
/** 32-bit words of one `struct mmsghdr` on 64-bit Linux: 56 bytes of `msghdr`, `msg_len`, padding. */
export const MMSGHDR_WORDS = 16;
/** Datagrams of a run at most: `UDP_MAX_SEGMENTS` of linux/udp.h, which is 128 since Linux 6.9. */
export const DATAGRAMS_PER_RUN = 64;
/** Bytes of a run at most: what one datagram may have over IPv4. */
export const RUN_BYTES = 65507;

/** Word offsets into `struct mmsghdr` (linux/socket.h: struct user_msghdr, struct mmsghdr). */
const MSG_NAME = 0;
const MSG_NAMELEN = 2;
const MSG_IOV = 4;
const MSG_IOVLEN = 6;
const MSG_CONTROL = 8;
const MSG_CONTROLLEN = 10;
/** 32-bit words of one `struct iovec`. */
const IOVEC_WORDS = 4;
/** Of one call: room for as many messages of one datagram each, or for a whole batch of short events. */
const IOVECS = 1024;
/** 32-bit words of one control message with a `u16`: `CMSG_SPACE(2)` is 24 bytes, `CMSG_LEN(2)` 18. */
const CONTROL_WORDS = 6;
const CONTROL_LENGTH = 18;
/** linux/udp.h */
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
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

/** Spaces and a newline: the end of a line that is made longer. Made when the first one is. */
let padding: Uint8Array | undefined;

function createPadding(): Uint8Array {
  padding = new Uint8Array(RUN_BYTES + 1).fill(0x20);
  padding[RUN_BYTES] = 0x0a;
  return padding;
}

/** Messages to one destination, added as datagrams, datagrams of pieces, and runs, and sent by {@link send}. */
export class DatagramSender {
  readonly #memory: MessageMemory;
  readonly #iovecs: Uint32Array = new Uint32Array(IOVECS * IOVEC_WORDS);
  readonly #iovecsAddress: number = ptr(this.#iovecs);
  readonly #controls: Uint32Array = new Uint32Array(MESSAGES_PER_CALL * CONTROL_WORDS);
  /** What the header of each message says: where its iovecs begin, how many there are, and a datagram's length in a run. */
  readonly #firstIovec: Uint16Array = new Uint16Array(MESSAGES_PER_CALL);
  readonly #iovecCount: Uint16Array = new Uint16Array(MESSAGES_PER_CALL);
  readonly #segmentBytes: Uint16Array = new Uint16Array(MESSAGES_PER_CALL);
  #destination: Uint8Array = new Uint8Array(28);
  #nameLength = 0;
  #isNamed = true;
  #fd = -1;
  #errno = 0;
  #usedIovecs = 0;
  /** The first iovec of the datagram that pieces are added to. */
  #pieces = 0;
  /** Where the last iovec ends. */
  #endAddress = -1;
  /** So many headers are whole: the others are written with the first message that needs them. */
  #wholeHeaders = 0;
  /** Messages added and not sent. */
  count = 0;

  /** @param memory Where the headers live: shared memory when a checkpoint follows what the kernel sent. */
  constructor(memory: MessageMemory) {
    this.#memory = memory;
    for (let i = 0; i < MESSAGES_PER_CALL; i++) this.#firstIovec[i] = i;
    this.#iovecCount.fill(1);
  }

  /** Where datagrams go from now on. @param socketAddress As `encodeSocketAddress` makes it. */
  setDestination(fd: number, socketAddress: Uint8Array): void {
    this.#fd = fd;
    this.#destination = new Uint8Array(28);
    this.#destination.set(socketAddress);
    this.#nameLength = socketAddress.length;
    this.#isNamed = true;
    this.#wholeHeaders = 0;
  }

  /** Whether each message names the destination; off where the socket is connected to it. */
  nameDestination(isOn: boolean): void {
    if (isOn === this.#isNamed) return;
    this.#isNamed = isOn;
    this.#wholeHeaders = 0;
  }

  /** Writes headers of messages that have none yet. */
  #completeHeaders(): void {
    const { messages } = this.#memory;
    while (this.#wholeHeaders < this.count) {
      const i = this.#wholeHeaders++;
      const word = i * MMSGHDR_WORDS;
      messages.fill(0, word, word + MMSGHDR_WORDS);
      this.#writeName(i);
      this.#writeHeader(i);
    }
  }

  #writeName(i: number): void {
    const word = i * MMSGHDR_WORDS;
    const length = this.#isNamed ? this.#nameLength : 0;
    this.#setAddress(word + MSG_NAME, length > 0 ? ptr(this.#destination) : 0);
    this.#memory.messages[word + MSG_NAMELEN] = length;
  }

  /** Writes what is the message's own. */
  #writeHeader(i: number): void {
    const { messages } = this.#memory;
    const word = i * MMSGHDR_WORDS;
    this.#setAddress(word + MSG_IOV, this.#iovecsAddress + this.#firstIovec[i]! * IOVEC_WORDS * 4);
    messages[word + MSG_IOVLEN] = this.#iovecCount[i]!;
    const isRun = this.#segmentBytes[i]! > 0;
    this.#setAddress(word + MSG_CONTROL, isRun ? ptr(this.#controls) + i * CONTROL_WORDS * 4 : 0);
    messages[word + MSG_CONTROLLEN] = isRun ? CONTROL_WORDS * 4 : 0;
  }

  #setAddress(word: number, address: number): void {
    this.#memory.messages[word] = address % TWO_32;
    this.#memory.messages[word + 1] = address / TWO_32;
  }

  /** Whether there is no room for another message before the next {@link clear}. */
  get isFull(): boolean {
    return this.count === MESSAGES_PER_CALL || this.#usedIovecs > IOVECS - 2 * DATAGRAMS_PER_RUN;
  }

  /** Forgets all messages. */
  clear(): void {
    this.count = 0;
    this.#usedIovecs = 0;
  }

  /**
   * Adds a datagram of `length` bytes at `address`. The memory must stay as it is, and its buffer referenced,
   * until it has been sent.
   */
  add(address: number, length: number): void {
    const i = this.count++;
    const iovec = this.#usedIovecs;
    this.#addIovec(address, length);
    // As it was in most calls: then there is nothing to write.
    if (this.#firstIovec[i] === iovec && this.#iovecCount[i] === 1 && this.#segmentBytes[i] === 0) return;
    this.#setHeader(i, iovec, 0);
  }

  /** Begins a datagram of several pieces, to be followed by {@link addPiece} for each. */
  beginPieces(): void {
    this.#pieces = this.#usedIovecs;
    this.count++;
  }

  /** Adds the next piece, for which the same holds as for {@link add}. */
  addPiece(address: number, length: number): void {
    this.#addIovec(address, length);
  }

  /** Ends the datagram. */
  endPieces(): void {
    const i = this.count - 1;
    const first = this.#pieces;
    const isAsBefore = this.#firstIovec[i] === first && this.#iovecCount[i] === this.#usedIovecs - first;
    if (!isAsBefore || this.#segmentBytes[i] !== 0) this.#setHeader(i, first, 0);
  }

  /** Begins a run of datagrams of `segmentBytes`, at least two, to be followed by {@link addToRun} for each. */
  beginRun(segmentBytes: number): void {
    const i = this.count++;
    this.#firstIovec[i] = this.#usedIovecs;
    this.#segmentBytes[i] = segmentBytes;
    const control = i * CONTROL_WORDS;
    this.#controls[control] = CONTROL_LENGTH;
    this.#controls[control + 2] = SOL_UDP;
    this.#controls[control + 3] = UDP_SEGMENT;
    this.#controls[control + 4] = segmentBytes;
    this.#endAddress = -1;
  }

  /**
   * Adds the next datagram of the run, a line, for which the same holds as for {@link add}.
   * @param missing Spaces that it gets before its newline.
   */
  addToRun(address: number, length: number, missing: number): void {
    if (missing > 0) {
      const spaces = padding ?? createPadding();
      this.#addIovec(address, length - 1);
      this.#addIovec(ptr(spaces) + RUN_BYTES - missing, missing + 1);
      this.#endAddress = -1;
    } else if (address === this.#endAddress) {
      // Lines that lie one after the other are one piece.
      this.#iovecs[(this.#usedIovecs - 1) * IOVEC_WORDS + 2]! += length;
      this.#endAddress = address + length;
    } else {
      this.#addIovec(address, length);
      this.#endAddress = address + length;
    }
  }

  /** Ends the run. */
  endRun(): void {
    const i = this.count - 1;
    this.#setHeader(i, this.#firstIovec[i]!, this.#segmentBytes[i]!);
  }

  #setHeader(i: number, firstIovec: number, segmentBytes: number): void {
    this.#firstIovec[i] = firstIovec;
    this.#iovecCount[i] = this.#usedIovecs - firstIovec;
    this.#segmentBytes[i] = segmentBytes;
    this.#writeHeader(i);
  }

  #addIovec(address: number, length: number): void {
    const word = this.#usedIovecs++ * IOVEC_WORDS;
    const high = Math.floor(address / TWO_32);
    this.#iovecs[word] = address - high * TWO_32;
    this.#iovecs[word + 1] = high;
    this.#iovecs[word + 2] = length;
  }

  /** Whether message `i` is a run. */
  isRun(i: number): boolean {
    return this.#segmentBytes[i]! > 0;
  }

  /**
   * Sends messages `first` to `count - 1` by one system call.
   * @returns How many left, or -1 when the first of them failed: then {@link errno} says why.
   */
  send(first: number): number {
    const sent = this.#call(first);
    // The file was cut short between the look and the call.
    return sent < 0 && this.#errno === Errno.EFAULT ? this.#call(first) : sent;
  }

  #call(first: number): number {
    // Zeros where the file of shared memory was cut short (mapped-file.ts).
    if (this.#memory.messages[first * MMSGHDR_WORDS + MSG_IOVLEN] === 0) this.#wholeHeaders = 0;
    if (this.#wholeHeaders < this.count) this.#completeHeaders();
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
