/** @module Frames of a connection that come in pieces, cut anywhere. */
import { ERROR, FRAME_HEAD_BYTES, Http2Error, MAX_FRAME_BYTES } from "./protocol.ts";

/** A frame. Its payload stays as it is only as long as whoever was given it works on it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** Puts frames together. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  /** The beginning of a frame whose end has not come. */
  #held: Uint8Array = new Uint8Array(0);
  #heldBytes = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Hands on each frame that is whole. @throws Http2Error for one that is too long, and whatever `onFrame` throws. */
  add(piece: Uint8Array): void {
    let at = this.#heldBytes > 0 ? this.#complete(piece) : 0;
    while (piece.length - at >= FRAME_HEAD_BYTES) {
      const end = at + FRAME_HEAD_BYTES + lengthAt(piece, at);
      if (end > piece.length) break;
      this.#hand(piece, at, end);
      at = end;
    }
    if (at < piece.length) this.#hold(piece.subarray(at));
  }

  /** Fills up the frame that is held. @returns How far `piece` has been taken. */
  #complete(piece: Uint8Array): number {
    let at = 0;
    if (this.#heldBytes < FRAME_HEAD_BYTES) {
      at = Math.min(FRAME_HEAD_BYTES - this.#heldBytes, piece.length);
      this.#hold(piece.subarray(0, at));
      if (this.#heldBytes < FRAME_HEAD_BYTES) return at;
    }
    const whole = FRAME_HEAD_BYTES + lengthAt(this.#held, 0);
    const end = Math.min(at + whole - this.#heldBytes, piece.length);
    this.#hold(piece.subarray(at, end));
    if (this.#heldBytes < whole) return end;
    const held = this.#held;
    // Most connections need it once: it would stay for as long as they do.
    this.#held = new Uint8Array(0);
    this.#heldBytes = 0;
    this.#hand(held, 0, whole);
    return end;
  }

  #hold(bytes: Uint8Array): void {
    const needed = this.#heldBytes + bytes.length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(
        Math.max(needed, Math.min(needed * 2, FRAME_HEAD_BYTES + MAX_FRAME_BYTES)),
      );
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #hand(bytes: Uint8Array, at: number, end: number): void {
    this.#onFrame({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: readStreamId(bytes, at + 5),
      payload: bytes.subarray(at + FRAME_HEAD_BYTES, end),
    });
  }
}

/** @throws Http2Error for more than was allowed to be sent. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  if (length > MAX_FRAME_BYTES) throw new Http2Error(ERROR.frameSize, `a frame of ${length} bytes`);
  return length;
}

/** A stream's number, or an increment: 31 bits behind a reserved one. */
export function readStreamId(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** 32 bits. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}
