/** @module What a connection sends, as far as the peer's windows and the socket go. */
import { addressFrames, framesWithin, payloadAt } from "./data-frames.ts";
import type { Output } from "./output.ts";
import {
  ERROR,
  FRAME,
  FRAME_HEAD_BYTES,
  Http2Error,
  INITIAL_WINDOW,
  MAX_FRAME_BYTES,
  MAX_WINDOW,
} from "./protocol.ts";
import type { SendItem, SendQueue } from "./send-queue.ts";

/** So many bytes leave together with what else is sent in this turn; more go to the socket from where they are. */
const COPIED_BYTES = 4096;

/** Why a queue has come to a halt. */
type Halt = "empty" | "window" | "connection";

/** The sending side of a connection. */
export class Sender {
  readonly #output: Output;
  #window = INITIAL_WINDOW;
  #initialWindow = INITIAL_WINDOW;
  /** Streams that may send, in the order in which it is their turn. */
  readonly #ready = new Set<SendQueue>();
  /** DATA frames that were sent so far. */
  frames = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** The window of a new stream. */
  get initialWindow(): number {
    return this.#initialWindow;
  }

  /** The peer sets the window of all streams. @throws Http2Error `FLOW_CONTROL_ERROR`. */
  setInitialWindow(size: number, queues: Iterable<SendQueue>): void {
    const change = size - this.#initialWindow;
    this.#initialWindow = size;
    for (const queue of queues) this.widen(queue, change);
  }

  /** The peer takes more on the connection. @throws Http2Error `FLOW_CONTROL_ERROR`. */
  widenAll(increment: number): void {
    this.#window = widened(this.#window, increment);
  }

  /** The peer takes more on a stream. @throws Http2Error `FLOW_CONTROL_ERROR`. */
  widen(queue: SendQueue, increment: number): void {
    queue.window = widened(queue.window, increment);
    if (queue.first !== undefined) this.#ready.add(queue);
  }

  /** Sends what was put into a queue, or ends its stream, as far as it goes. Small things leave with {@link send}. */
  add(queue: SendQueue): void {
    // Others wait for the connection, and it is their turn first.
    if (!this.#output.hasRoom || queue.isBlocked) {
      queue.isBlocked = true;
      this.#ready.add(queue);
    } else this.#settle(queue, this.#sendFrom(queue));
  }

  remove(queue: SendQueue): void {
    this.#ready.delete(queue);
    queue.abandon();
  }

  /** Sends all that can leave. */
  send(): void {
    if (!this.#output.flush()) return;
    for (const queue of this.#ready) {
      const halt = this.#sendFrom(queue);
      this.#settle(queue, halt);
      if (halt === "connection") break;
    }
    this.#output.flush();
  }

  #settle(queue: SendQueue, halt: Halt): void {
    this.#ready.delete(queue);
    if (halt === "connection") this.#ready.add(queue);
    if (halt !== "empty") {
      queue.isBlocked = true;
      return;
    }
    const wasBlocked = queue.isBlocked;
    queue.isBlocked = false;
    if (queue.ending !== undefined) {
      this.#output.headers(queue.stream, queue.ending, true);
      queue.ending = undefined;
      queue.onEnded();
    } else if (wasBlocked) queue.onDrain();
  }

  #sendFrom(queue: SendQueue): Halt {
    for (let item = queue.first; item !== undefined; item = queue.first) {
      const window = Math.min(queue.window, this.#window);
      const end = item.isFramed && item.skip === 0 ? framesWithin(item.bytes, item.at, window) : item.at;
      if (end > item.at) {
        if (!this.#sendFrames(queue, item, end)) return "connection";
        continue;
      }
      if (window <= 0) return this.#window <= 0 ? "connection" : "window";
      if (!this.#output.hasRoom && !this.#output.flush()) return "connection";
      this.#sendPart(queue, item, window);
    }
    return "empty";
  }

  /** Sends frames as they are. @returns Whether the socket has taken all of them. */
  #sendFrames(queue: SendQueue, item: SendItem, end: number): boolean {
    const output = this.#output;
    const { bytes, at } = item;
    const isSmall = end - at <= COPIED_BYTES;
    if (!(isSmall && output.hasRoom) && !output.flush()) return false;
    addressFrames(bytes, queue.stream, { from: at, to: end });
    if (isSmall) {
      output.put(bytes, at, end);
      this.#tookFrames(queue, item, end);
      return true;
    }
    const taken = at + output.pass(bytes, at, end - at);
    const left = this.#tookFrames(queue, item, taken);
    // A frame that was begun is finished before anything else.
    if (left > taken) output.put(bytes, taken, left);
    return taken === end;
  }

  /** Notes the frames that begin before `to`. @returns The end of the last. */
  #tookFrames(queue: SendQueue, item: SendItem, to: number): number {
    let at = item.at;
    let payload = 0;
    for (; at < to; this.frames++) {
      const length = payloadAt(item.bytes, at);
      payload += length;
      at += FRAME_HEAD_BYTES + length;
    }
    queue.window -= payload;
    this.#window -= payload;
    queue.tookTo(item, at);
    return at;
  }

  /** Sends as much as goes into one frame: of bytes that are not framed, or of a frame that is larger than the window. */
  #sendPart(queue: SendQueue, item: SendItem, window: number): void {
    const { bytes, at, skip, isFramed } = item;
    const from = isFramed ? at + FRAME_HEAD_BYTES + skip : at;
    const rest = isFramed ? payloadAt(bytes, at) - skip : bytes.length - at;
    const length = Math.min(rest, window, MAX_FRAME_BYTES);
    this.#output.frame(FRAME.data, 0, queue.stream, bytes.subarray(from, from + length));
    this.frames++;
    queue.window -= length;
    this.#window -= length;
    queue.tookPart(item, length);
  }
}

function widened(window: number, increment: number): number {
  if (window + increment > MAX_WINDOW) throw new Http2Error(ERROR.flowControl, "a window that is too large");
  return window + increment;
}
