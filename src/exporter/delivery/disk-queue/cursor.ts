/** @module How far a queue on disk has been delivered: a small file of two slots, which are written in turn. */
import { fs } from "../../../os/fs.ts";
import { HEADER_BYTES, isSealed, seal } from "./checksum.ts";

const MAGIC = Buffer.from("tetradQC");
const SLOT_BYTES = HEADER_BYTES;

/** What a cursor says. */
export interface CursorState {
  readonly queueId: bigint;
  /** Events before this one have been delivered. */
  readonly acked: number;
  /** Events before this one may have been delivered. */
  readonly sent: number;
  /** Events before this one have been on the disk. */
  readonly end: number;
}

/** A cursor in an open file. */
export class Cursor {
  readonly #fd: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #turn = 0;

  /** @param fd The caller's. @param onFailure Takes why a state could not be written. */
  constructor(fd: number, onFailure: (error: unknown) => void) {
    this.#fd = fd;
    this.#onFailure = onFailure;
  }

  /** The state that was written last and is whole; `undefined` where there is none. @throws The system's error. */
  read(): CursorState | undefined {
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    const length = fs().readSync(this.#fd, bytes, 0, bytes.length, 0);
    let last: CursorState | undefined;
    for (let at = 0; at + SLOT_BYTES <= length; at += SLOT_BYTES) {
      const slot = bytes.subarray(at, at + SLOT_BYTES);
      const turn = slot.readDoubleLE(16);
      const [acked, sent, end] = [slot.readDoubleLE(24), slot.readDoubleLE(32), slot.readDoubleLE(48)];
      if (!isWhole(slot) || ![turn, acked, sent, end].every(isNumber) || turn <= this.#turn) continue;
      this.#turn = turn;
      last = { queueId: slot.readBigUInt64LE(8), acked, sent, end };
    }
    return last;
  }

  /** Never throws. */
  write({ queueId, acked, sent, end }: CursorState): void {
    const slot = this.#slot;
    const turn = ++this.#turn;
    MAGIC.copy(slot, 0);
    slot.writeBigUInt64LE(queueId, 8);
    slot.writeDoubleLE(turn, 16);
    slot.writeDoubleLE(acked, 24);
    slot.writeDoubleLE(sent, 32);
    slot.writeDoubleLE(end, 48);
    seal(slot);
    try {
      fs().writeSync(this.#fd, slot, 0, SLOT_BYTES, (turn % 2) * SLOT_BYTES);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

/** Whether it can count something. One that cannot would stop the queue for good. */
function isNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isWhole(slot: Buffer): boolean {
  return slot.subarray(0, MAGIC.length).equals(MAGIC) && isSealed(slot);
}
