/** @module One request and its answer, on the server's side of a connection. */

import type { DataFrames } from "./data-frames.ts";
import { encodeHeaders } from "./hpack-encoder.ts";
import { ERROR, type ErrorCode } from "./protocol.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { SendQueue } from "./send-queue.ts";
import type { HeaderField } from "./static-table.ts";

/** The connection, as its streams see it. */
export interface StreamOwner {
  readonly initialWindow: number;
  /** Sends a header block that does not end its stream. */
  sendHeaders(stream: ServerStream, block: Uint8Array): void;
  /** There is something new in the queue of a stream. */
  sendFrom(queue: SendQueue): void;
  /** The stream is over. @param code Says so to the peer, which may not know. */
  closeStream(stream: ServerStream, code: ErrorCode | undefined): void;
  /** Whether the peer must be shown that HPACK's table is not used. True once. */
  takeTableNotice(): boolean;
}

/** A stream. Whatever the peer does, nothing here throws. */
export class ServerStream {
  readonly id: number;
  readonly queue: SendQueue;
  /** Of the request. */
  readonly window = new ReceiveWindow();
  /** Take what comes. A piece stays as it is only until the function returns. */
  onData: (piece: Uint8Array) => void = () => {};
  onEnd: () => void = () => {};
  onClose: () => void = () => {};
  readonly #owner: StreamOwner;
  #hasPeerEnded: boolean;
  #hasEnded = false;
  #isClosed = false;

  constructor(id: number, hasPeerEnded: boolean, owner: StreamOwner) {
    this.id = id;
    this.#owner = owner;
    this.#hasPeerEnded = hasPeerEnded;
    this.queue = new SendQueue(id, owner.initialWindow, () => this.#end());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the request is whole. */
  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded;
  }

  /** Bytes that were written and have not left. */
  get unsentBytes(): number {
    return this.queue.waiting;
  }

  /** The same, with the headers that end the stream. */
  get heldBytes(): number {
    return this.queue.waiting + (this.queue.ending?.length ?? 0);
  }

  /** Calls `listener` whenever all has left that had to wait. */
  onDrain(listener: () => void): void {
    this.queue.onDrain = listener;
  }

  /** Sends headers that more follows. */
  respond(fields: Iterable<HeaderField>): void {
    if (!this.#isClosed) this.#owner.sendHeaders(this, encodeHeaders(fields, this.#owner.takeTableNotice()));
  }

  /** Sends data. The bytes must stay as they are. */
  write(bytes: Uint8Array): void {
    this.#push(bytes, false);
  }

  /** Sends data that is framed. */
  writeFrames({ bytes }: DataFrames): void {
    this.#push(bytes, true);
  }

  /** Sends headers or trailers that nothing follows, once everything has left. */
  end(fields: Iterable<HeaderField>): void {
    if (this.#isClosed || this.queue.ending !== undefined) return;
    this.queue.ending = encodeHeaders(fields, this.#owner.takeTableNotice());
    this.#owner.sendFrom(this.queue);
  }

  /** Ends the stream at once. Idempotent. */
  reset(code: ErrorCode = ERROR.cancel): void {
    this.close(code);
  }

  /** The peer has sent everything. */
  peerEnded(): void {
    this.#hasPeerEnded = true;
    this.onEnd();
    if (this.#hasEnded) this.close(undefined);
  }

  /** The stream is over, and forgotten. @param code What the peer is told; it may know. */
  close(code: ErrorCode | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner.closeStream(this, code);
    this.onClose();
  }

  #push(bytes: Uint8Array, isFramed: boolean): void {
    if (this.#isClosed) return;
    this.queue.push(bytes, isFramed);
    this.#owner.sendFrom(this.queue);
  }

  #end(): void {
    this.#hasEnded = true;
    if (this.#hasPeerEnded) this.close(undefined);
  }
}
