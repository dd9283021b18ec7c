/**
 * @module The bus: hands each batch to all who have subscribed, to each what its filter lets through, in the format that
 * it wants. Subscribers join and leave while events flow.
 */
import type { EventFilter, EventLines, EventStages, Subscriber } from "../component/subscriber.ts";
import type { Encoding } from "../encoding/encoding.ts";
import type { EventBus, SubscriptionSettings } from "../encoding/subscription.ts";
import { EventBatch } from "../event/batch.ts";
import { SelectedLines } from "./selected-lines.ts";

/** One subscriber on the bus. */
interface Seat {
  readonly subscriber: Subscriber;
  readonly encoding: Encoding;
  readonly filter: EventFilter | undefined;
  /** What the filter lets through of the batch at hand. */
  readonly selected: SelectedLines | undefined;
  readonly stages: EventStages | undefined;
  /** The copy that its stages work on. */
  readonly copy: EventBatch | undefined;
}

/** A source that waits. */
interface Waiting {
  /** Those who have no room. */
  readonly seats: Set<Seat>;
  readonly resolve: () => void;
}

/** All events pass here, and everybody who takes them subscribes here. */
export class Bus implements EventBus {
  /** Replaced, never changed: who joins or leaves while a batch goes round does so from the next one on. */
  #seats: readonly Seat[] = [];
  #encodings: readonly Encoding[] = [];
  /** Sources that wait for a subscriber. */
  readonly #waiting = new Set<Waiting>();
  #isReleased = false;

  /** Seats a subscriber. @returns A function by which it leaves; idempotent. */
  join(subscriber: Subscriber, { encoding, filter, stages }: SubscriptionSettings): () => void {
    const selected = filter && new SelectedLines();
    const copy = stages && new EventBatch(new Uint8Array(0));
    const seat: Seat = { subscriber, encoding, filter, selected, stages, copy };
    // Copies are made before anybody asks for text: what came as a value is still one.
    this.#seat(stages === undefined ? [...this.#seats, seat] : [seat, ...this.#seats]);
    return () => {
      this.#seat(this.#seats.filter((other) => other !== seat));
      for (const waiting of this.#waiting) letGo(waiting, seat);
    };
  }

  /**
   * Hands on events of a source that can wait.
   * @returns `undefined` when it may go on at once, else a promise to await before the next batch.
   */
  publish(batch: EventBatch): Promise<void> | undefined {
    const seats = this.#seats;
    this.#begin(batch);
    for (const seat of seats) {
      if (seat.subscriber.passes?.(batch.count) === true) continue;
      seat.subscriber.write(linesFor(seat, batch));
    }
    if (this.#isReleased) return undefined;
    for (const { subscriber } of seats) {
      if (subscriber.ready() !== undefined) return this.#wait(seats);
    }
    return undefined;
  }

  /** Hands on events of a source that cannot wait. */
  offer(batch: EventBatch): void {
    const seats = this.#seats;
    this.#begin(batch);
    for (const seat of seats) {
      if (seat.subscriber.passes?.(batch.count) === true) continue;
      seat.subscriber.offer(linesFor(seat, batch));
    }
  }

  /** Lets all sources that wait go on, and none wait from now on: the run is to end. */
  release(): void {
    this.#isReleased = true;
    for (const { resolve } of this.#waiting) resolve();
  }

  #seat(seats: readonly Seat[]): void {
    this.#seats = seats;
    const shared = seats.filter(({ stages }) => stages === undefined);
    this.#encodings = [...new Set(shared.map(({ encoding }) => encoding))];
  }

  #begin(batch: EventBatch): void {
    for (const encoding of this.#encodings) encoding.begin(batch);
  }

  /** Waits for all who have no room, as long as they are here, or for {@link release}. */
  async #wait(seats: readonly Seat[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = { seats: new Set(), resolve };
    for (const seat of seats) {
      const ready = seat.subscriber.ready();
      if (ready === undefined) continue;
      waiting.seats.add(seat);
      void ready.then(() => letGo(waiting, seat));
    }
    if (waiting.seats.size === 0) return;
    this.#waiting.add(waiting);
    await promise;
    this.#waiting.delete(waiting);
  }
}

/** One need not be waited for any more. */
function letGo({ seats, resolve }: Waiting, seat: Seat): void {
  seats.delete(seat);
  if (seats.size === 0) resolve();
}

function linesFor(seat: Seat, batch: EventBatch): EventLines {
  const { encoding, filter, selected, stages, copy } = seat;
  let events = batch;
  if (stages !== undefined && copy !== undefined) {
    batch.copyTo(copy);
    stages.process(copy);
    encoding.begin(copy);
    events = copy;
  }
  if (filter === undefined || selected === undefined) {
    encoding.encodeAll();
    return encoding.lines;
  }
  selected.count = filter.select(events, selected.numbers);
  encoding.encode(selected);
  selected.lines = encoding.lines;
  return selected;
}
