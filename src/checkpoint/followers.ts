/** @module A checkpoint that follows several exporters: a stream has been exported as far as the slowest of them is. */
import { addressOf } from "../os/address.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { Inflight, type PositionStore } from "./inflight.ts";
import { CHECKPOINT_BYTES, FIRST_SLOT_COUNT, slotOf, viewsOf } from "./layout.ts";

/** Takes how far an exporter is with each stream. */
export interface FollowedPositions extends PositionStore {
  /**
   * Takes note that the exporter has lost events up to `position`: it holds the others back no longer. One that is alone has
   * nothing of the kind: the next start exports those events.
   */
  passOver?(stream: number, position: number): void;
}

/** What one followed exporter gets. */
export interface Followed {
  readonly positions: FollowedPositions;
  /** Where it notes the datagrams of a call. */
  readonly inflight: Inflight;
  /** See {@link Checkpoint.identity}. */
  identity(): bigint;
  /**
   * Says, before any source has started, how far each stream is by the exporter's own account, where that is further than the
   * checkpoint says. One of several gets events between the two again, and has to know them.
   */
  resume(positions: ReadonlyMap<number, number>): void;
}

/**
 * Has the checkpoint follow exporters.
 * @param count How many. One alone writes to the checkpoint itself: then a kill costs not one datagram. Of several
 * the checkpoint has the minimum, and what is in flight is not recorded: the faster ones get some events again.
 */
export function followedBy(checkpoint: Checkpoint, count: number): Followed[] {
  const identity = () => checkpoint.identity;
  const resume = (positions: ReadonlyMap<number, number>) => {
    if (count > 1) return;
    for (const [stream, position] of positions)
      if (position > checkpoint.position(stream)) checkpoint.commitPosition(stream, position);
  };
  if (count === 1) return [{ positions: checkpoint, inflight: checkpoint.inflight, identity, resume }];
  const minimum = new MinimumPositions(checkpoint, count);
  return Array.from({ length: count }, (_, follower) => {
    const positions: FollowedPositions = {
      commitPosition: (stream, position) => minimum.commit(follower, stream, position),
      passOver: (stream, position) => minimum.commit(follower, stream, position),
    };
    return { positions, inflight: detachedInflight(positions), identity, resume };
  });
}

/** In memory that a kill takes along. */
function detachedInflight(positions: PositionStore): Inflight {
  const memory = new Uint8Array(CHECKPOINT_BYTES);
  return new Inflight(viewsOf(memory), addressOf(memory), positions);
}

/** How far each of several followers is in each stream. */
class MinimumPositions {
  readonly #checkpoint: Checkpoint;
  /** By follower, then by slot. */
  #positions: Float64Array[];
  /** The stream, slot and generation, that the positions of a slot belong to; -1 for none. */
  #streams: Int32Array;

  constructor(checkpoint: Checkpoint, count: number) {
    this.#checkpoint = checkpoint;
    this.#positions = Array.from({ length: count }, () => new Float64Array(FIRST_SLOT_COUNT));
    this.#streams = new Int32Array(FIRST_SLOT_COUNT).fill(-1);
  }

  commit(follower: number, stream: number, position: number): void {
    if (stream < 0) return;
    const slot = slotOf(stream);
    if (slot >= this.#streams.length) this.#grow(slot);
    if (this.#streams[slot] !== stream) {
      // A line of a stream that is gone has left a slow exporter's queue: its slot is another's, who keeps its positions.
      if (!this.#checkpoint.isAdopted(stream)) return;
      this.#begin(slot, stream);
    }
    // Lines that waited while others were lost come late.
    if (position <= this.#positions[follower]![slot]!) return;
    this.#positions[follower]![slot] = position;
    let least = position;
    for (const positions of this.#positions) if (positions[slot]! < least) least = positions[slot]!;
    this.#checkpoint.commitPosition(stream, least);
  }

  /** Nobody has exported anything of the stream since it was begun or taken over. */
  #begin(slot: number, stream: number): void {
    const position = this.#checkpoint.position(stream);
    for (const positions of this.#positions) positions[slot] = position;
    this.#streams[slot] = stream;
  }

  #grow(slot: number): void {
    let length = this.#streams.length;
    while (length <= slot) length *= 2;
    const streams = new Int32Array(length).fill(-1);
    streams.set(this.#streams);
    this.#streams = streams;
    this.#positions = this.#positions.map((before) => {
      const positions = new Float64Array(length);
      positions.set(before);
      return positions;
    });
  }
}
