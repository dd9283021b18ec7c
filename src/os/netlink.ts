/** @module rtnetlink(7): what the kernel says of routes and interfaces, and that they have changed. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno } from "./system-call.ts";

/** linux/socket.h, linux/net.h, linux/netlink.h */
const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
/** asm-generic/errno.h */
const ENOBUFS = 105;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const HEADER_BYTES = 16;
/** The kernel makes no longer part of an answer (`netlink_dump()` in net/netlink/af_netlink.c). */
const PART_BYTES = 32 * 1024;
/** Parts of one answer at most. */
const MAX_PARTS = 4096;

/** `RTNLGRP_*` of linux/rtnetlink.h, a bit each: interfaces, queueing disciplines; addresses, routes and rules of IPv4 and IPv6. */
export const CHANGES = [1, 4, 5, 7, 8, 9, 11, 19].reduce((bits, group) => bits | (1 << (group - 1)), 0);

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});

/** One message: its type and what follows the header. */
export interface RouteMessage {
  readonly type: number;
  readonly body: DataView;
}

/** A socket that asks, or listens for changes. It never waits. */
export class RouteSocket implements Disposable {
  readonly #fd: number;
  readonly #part = new Uint8Array(PART_BYTES);

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** @param groups What to hear of. @returns `undefined` where the host refuses. */
  static open(groups = 0): RouteSocket | undefined {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return undefined;
    // struct sockaddr_nl: u16 family, padding, u32 port (0: the kernel chooses), u32 groups.
    const address = new Uint32Array([AF_NETLINK, 0, groups]);
    if (libc.bind(fd, ptr(address), address.byteLength) === 0) return new RouteSocket(fd);
    libc.close(fd);
    return undefined;
  }

  /**
   * Asks the kernel, which answers before it returns.
   * @param body What follows the header.
   * @param isDump Whether all of a kind are asked for.
   * @returns `undefined` where it refuses.
   */
  ask(type: number, body: Uint8Array, isDump = false): RouteMessage[] | undefined {
    const request = new Uint8Array(HEADER_BYTES + body.length);
    const header = new DataView(request.buffer);
    header.setUint32(0, request.length, true);
    header.setUint16(4, type, true);
    header.setUint16(6, isDump ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST, true);
    request.set(body, HEADER_BYTES);
    if (Number(libc.send(this.#fd, ptr(request), request.length, 0)) !== request.length) return undefined;
    const messages: RouteMessage[] = [];
    for (let parts = 0; parts < MAX_PARTS; parts++) {
      const length = Number(libc.recv(this.#fd, ptr(this.#part), PART_BYTES, MSG_DONTWAIT));
      if (length <= 0) return undefined;
      for (const message of parseMessages(this.#part.slice(0, length))) {
        if (message.type === NLMSG_DONE) return messages;
        if (message.type === NLMSG_ERROR) return undefined;
        messages.push(message);
      }
      if (!isDump) return messages;
    }
    return undefined;
  }

  /** Whether anything has changed since the last time. Also when there was more than could be kept. */
  hasChanged(): boolean {
    let hasChanged = false;
    for (let i = 0; i < MAX_PARTS; i++) {
      const length = Number(libc.recv(this.#fd, ptr(this.#part), PART_BYTES, MSG_DONTWAIT));
      // Nothing, or more than the socket had room for.
      if (length < 0 && lastErrno() !== ENOBUFS) break;
      hasChanged = true;
    }
    return hasChanged;
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }
}

function* parseMessages(bytes: Uint8Array): Generator<RouteMessage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) return;
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_BYTES, length - HEADER_BYTES);
    yield { type: view.getUint16(at + 4, true), body };
    at += align(length);
  }
}

/** The attributes (`struct rtattr`) behind the first `offset` bytes of a message. */
export function attributesOf(body: DataView, offset: number): Map<number, DataView> {
  const attributes = new Map<number, DataView>();
  for (let at = align(offset); at + 4 <= body.byteLength; ) {
    const length = body.getUint16(at, true);
    if (length < 4 || at + length > body.byteLength) break;
    const value = new DataView(body.buffer, body.byteOffset + at + 4, length - 4);
    attributes.set(body.getUint16(at + 2, true) & TYPE_MASK, value);
    at += align(length);
  }
  return attributes;
}

/** One attribute with a value of a multiple of four bytes. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + value.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** NLA_TYPE_MASK */
const TYPE_MASK = 0x3fff;
const align = (length: number) => (length + 3) & ~3;
