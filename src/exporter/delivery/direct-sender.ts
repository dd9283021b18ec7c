/** @module The fast path: events leave at once, from the buffer that they were read into; the queue is for what found no room. */
import type { EventLines } from "../../component/subscriber.ts";
import type { DirectDestination } from "./destination.ts";
import type { DeliveryParts, Sender } from "./sender.ts";

/** How often {@link DirectSender.drain} looks whether the queue is empty, milliseconds. */
const DRAIN_POLL_MS = 5;

/** Sends to a {@link DirectDestination}. */
export class DirectSender implements Sender {
  readonly #destination: DirectDestination;
  readonly #parts: DeliveryParts;
  #hasBegun = false;
  /** There was no room at the last try. */
  #isBlocked = false;

  constructor(destination: DirectDestination, parts: DeliveryParts) {
    this.#destination = destination;
    this.#parts = parts;
  }

  begin(): void {
    this.#hasBegun = true;
    this.pump();
  }

  sendPast(events: EventLines): number {
    if (!this.#canSend || this.#parts.introduction.isDue) return 0;
    const handled = this.#destination.transmit(events);
    this.#parts.backpressure.progress();
    return handled;
  }

  pump(): void {
    const { queue, backpressure } = this.#parts;
    if (!this.#canSend || !this.#introduce()) return;
    while (!queue.isEmpty) {
      const handled = this.#destination.transmit(queue);
      queue.shift(handled);
      if (handled > 0) backpressure.progress();
      if (queue.isEmpty) break;
      this.#isBlocked = true;
      queue.shift(this.#destination.awaitRoom(queue));
      break;
    }
    if (queue.hasRoom) backpressure.release();
  }

  retryNow(): void {
    this.pump();
  }

  /** There may be room again. */
  onRoom(): void {
    this.#isBlocked = false;
    this.pump();
  }

  async drain(signal: AbortSignal): Promise<void> {
    while (this.#hasPending && !signal.aborted) {
      this.pump();
      if (this.#hasPending) await Bun.sleep(DRAIN_POLL_MS);
    }
  }

  abandon(): number {
    this.#hasBegun = false;
    return this.#parts.queue.length;
  }

  get #canSend(): boolean {
    return this.#hasBegun && !this.#isBlocked && this.#destination.isOpen;
  }

  get #hasPending(): boolean {
    return !this.#parts.queue.isEmpty || this.#parts.introduction.isDue;
  }

  /** @returns Whether events may follow. */
  #introduce(): boolean {
    const { introduction } = this.#parts;
    if (!introduction.isDue) return true;
    if (!this.#destination.transmitMetadata(introduction.line)) {
      this.#isBlocked = true;
      return false;
    }
    introduction.done(true);
    return true;
  }
}
