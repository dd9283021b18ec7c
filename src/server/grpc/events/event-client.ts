/** @module One client of `GetEvents`: what it gets, what waits for it, and what it lost. */
import type { EventLines, Subscriber } from "../../../component/subscriber.ts";
import type { ServerCall } from "../../../lib/grpc/call.ts";
import { STATUS, type StatusCode } from "../../../lib/grpc/status.ts";
import type { Chunk, ChunkPool } from "./chunk-pool.ts";
import { EventQueue, type EventQueueLimits } from "./event-queue.ts";
import type { SharedMessages } from "./shared-messages.ts";

/** Without taking a byte for so long, a client is not waited for any more. Milliseconds. */
const STALLED_MS = 1000;

/** Of so many batches that pass by, its owner hears of one. */
const NOTED_PASSES = 64;
/** How often is looked whether the last has left, milliseconds. */
const FLUSH_LOOK_MS = 5;

/** What became of the events of one client: `offered = exported + queue_full + send_failed + not_expressible`. */
export interface ClientCounts {
  /** Handed to HTTP/2. */
  exported: number;
  bytes_exported: number;
  /** Dropped because it did not read. Those that passed by meanwhile were not filtered. */
  queue_full: number;
  /** Lost because it went, or the agent stopped. */
  send_failed: number;
  /** The API has no message for them. */
  not_expressible: number;
}

/** Whom a client tells of itself. */
export interface EventClientOwner {
  /** There is something to be sent when the loop comes round. */
  schedule(client: EventClient): void;
  /** Resolves when the loop has come round. */
  nextTurn(): Promise<void>;
  /** Counts for all clients together. */
  readonly totals: ClientCounts;
  /** What the messages of all clients are kept in. */
  readonly pool: ChunkPool;
  /** Whether all together hold much. */
  readonly isCrowded: boolean;
  /** How many bytes one may hold that does not read, where that is so. */
  readonly shareBytes: number;
  /** It lost events. */
  noteLoss(client: EventClient): void;
}

/** What a client is made from. */
export interface EventClientSettings {
  readonly call: ServerCall;
  /** What encodes its events. */
  readonly messages: SharedMessages;
  readonly limits: EventQueueLimits;
  readonly owner: EventClientOwner;
}

/** A client, from its request to its end. */
export class EventClient implements Subscriber {
  readonly name = "grpc";
  readonly counts: ClientCounts = {
    exported: 0,
    bytes_exported: 0,
    queue_full: 0,
    send_failed: 0,
    not_expressible: 0,
  };
  readonly #call: ServerCall;
  readonly #messages: SharedMessages;
  readonly #owner: EventClientOwner;
  readonly #queue: EventQueue;
  /** Given to HTTP/2, and not certain to have left as a whole. */
  #ahead: Chunk | undefined;
  #isScheduled = false;
  #progressAt = performance.now();
  #isClosed = false;
  /** Batches that passed by. */
  #passed = 0;

  constructor({ call, messages, limits, owner }: EventClientSettings) {
    this.#call = call;
    this.#messages = messages;
    this.#owner = owner;
    this.#queue = new EventQueue(limits, owner.pool);
    call.onDrain(() => this.send());
  }

  get peer(): string {
    return this.#call.peer;
  }

  /** When it last took something, or came to have something to take: `performance.now()`. */
  get progressAt(): number {
    return this.#progressAt;
  }

  /** Whether it has something to take, and has not for a while. */
  get isStalled(): boolean {
    return this.heldBytes > 0 && performance.now() - this.#progressAt > STALLED_MS;
  }

  /** Gives up what it holds beyond so many bytes. */
  trim(maxBytes: number): void {
    const dropped = this.#queue.trim(Math.max(0, maxBytes - this.#aheadBytes));
    if (dropped > 0) this.#drop(dropped);
  }

  get #aheadBytes(): number {
    return this.#ahead?.bytes.length ?? 0;
  }

  /** Bytes that it holds. */
  get heldBytes(): number {
    return this.#queue.bytes + this.#aheadBytes;
  }

  passes(count: number): boolean {
    if (this.#isClosed) return true;
    const { isCrowded, shareBytes } = this.#owner;
    const isFull = this.#queue.isFull || (isCrowded && this.isStalled && this.heldBytes > shareBytes);
    if (!isFull) return false;
    this.#count("queue_full", count);
    // Its owner need not hear of every batch: UDP and others wait meanwhile.
    if (this.#passed++ % NOTED_PASSES === 0) this.#owner.noteLoss(this);
    return true;
  }

  write(lines: EventLines): void {
    this.offer(lines);
  }

  offer(lines: EventLines): void {
    if (this.#isClosed || lines.length === 0) return;
    // From when on it has something to take.
    if (this.heldBytes === 0) this.#progressAt = performance.now();
    const { empty, dropped } = this.#queue.add(lines, this.#messages);
    this.#count("not_expressible", empty);
    if (dropped > 0) this.#drop(dropped);
    if (this.#isScheduled || this.#queue.events === 0) return;
    this.#isScheduled = true;
    this.#owner.schedule(this);
  }

  /**
   * A source that can wait lets the loop come round where much is queued, so that what can leave leaves: a bounded time,
   * whatever the client does.
   */
  ready(): Promise<void> | undefined {
    if (!this.#isScheduled || this.#isClosed || this.isStalled) return undefined;
    return this.#owner.nextTurn();
  }

  /** Sends what the peer takes. */
  send(): void {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    for (this.#noteLeft(); this.#ahead === undefined && !this.#isClosed; this.#noteLeft()) {
      const chunk = this.#queue.take();
      if (chunk === undefined) return;
      this.#ahead = chunk;
      this.#count("exported", chunk.events);
      this.#count("bytes_exported", chunk.length);
      this.#call.writeFrames(chunk);
    }
  }

  /** Resolves when all that is queued has left, or the client has. Nothing may be added meanwhile. */
  async flush(): Promise<void> {
    let hasGone = false;
    this.#call.onClose(() => {
      hasGone = true;
    });
    // HTTP/2 says that what it held has left only where that was much.
    for (this.send(); this.heldBytes > 0 && !hasGone && !this.#isClosed; this.send())
      await Bun.sleep(FLUSH_LOOK_MS);
  }

  /** Ends the call, and counts what has not left. Idempotent. */
  end(code: StatusCode, message: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#call.end(code, message);
  }

  /** The call is over. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#noteLeft();
    const { events = 0, length = 0 } = this.#ahead ?? {};
    this.#count("exported", -events);
    this.#count("bytes_exported", -length);
    this.#count("send_failed", this.#queue.events + events);
    this.#queue.trim(0);
    // The call may be sending the rest of it.
    if (this.#ahead !== undefined) this.#owner.pool.abandon(this.#ahead);
    this.#ahead = undefined;
  }

  /** Forgets the chunk that has left. */
  #noteLeft(): void {
    if (this.#ahead === undefined || this.#call.unsentBytes > 0) return;
    this.#owner.pool.release(this.#ahead);
    this.#ahead = undefined;
    this.#progressAt = performance.now();
  }

  #drop(events: number): void {
    this.#count("queue_full", events);
    this.#owner.noteLoss(this);
  }

  #count(name: keyof ClientCounts, by: number): void {
    this.counts[name] += by;
    this.#owner.totals[name] += by;
  }
}

/** How the calls of clients end when the agent stops: one that connects again finds the next agent. */
export const AGENT_STOPS = { code: STATUS.unavailable, message: "The agent stops" } as const;
