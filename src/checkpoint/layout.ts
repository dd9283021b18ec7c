/**
 * @module Where things lie in a checkpoint. All integers are little-endian, as on every machine that Bun runs on.
 *
 * | offset | bytes | what |
 * | --- | --- | --- |
 * | 0 | 8 | magic `tetradCP`; zeros while the file is being made |
 * | 8 | 4 | version of this layout |
 * | 12 | 4 | number of stream slots |
 * | 16 | 4 | 1 once a source has recorded the files of its first start |
 * | 4096 | 4 | datagrams in flight: 0 outside a system call |
 * | 4352 | 4 × 64 | in flight: stream of each datagram, -1 for none |
 * | 4608 | 8 × 64 | in flight: position in the stream after the datagram's line |
 * | 8192 | 64 × 64 | in flight: the `struct mmsghdr` array that the kernel writes to |
 * | 12288 | 64 × 1024 | stream slots |
 *
 * A slot: state (`generation << 1 | used`), 4 bytes of nothing, device, inode, fingerprint (64 bits each), position
 * and time last seen (float64; bytes, and milliseconds since 1970), 16 bytes of nothing.
 */

/** Version of the layout. */
export const LAYOUT_VERSION = 1;
/** `tetradCP`, as two little-endian words. */
export const MAGIC = new Uint8Array([0x74, 0x65, 0x74, 0x72, 0x61, 0x64, 0x43, 0x50]);
/** Streams that a checkpoint follows. A power of two: a stream's number holds its slot in the low bits. */
export const SLOT_COUNT = 1024;
/** Datagrams of one system call. */
export const INFLIGHT_CAPACITY = 64;
/** 32-bit words of one `struct mmsghdr` on 64-bit Linux. */
export const MESSAGE_WORDS = 16;
/** Word of `msg_len` in a `struct mmsghdr`: after the 56 bytes of `struct msghdr`. */
export const MESSAGE_LENGTH_WORD = 14;

const INFLIGHT_OFFSET = 4096;
const STREAMS_OFFSET = 4352;
const POSITIONS_OFFSET = 4608;
/** Offset of the `struct mmsghdr` array. */
export const MESSAGES_OFFSET = 8192;
const SLOTS_OFFSET = 12288;
const SLOT_BYTES = 64;
/** Size of a checkpoint in bytes. */
export const CHECKPOINT_BYTES = SLOTS_OFFSET + SLOT_COUNT * SLOT_BYTES;

/** Index steps from slot to slot in views of 32-bit and 64-bit elements. */
export const SLOT_WORDS = SLOT_BYTES / 4;
export const SLOT_QUADS = SLOT_BYTES / 8;
/** 64-bit elements of a slot. */
export const DEVICE = 1;
export const INODE = 2;
export const FINGERPRINT = 3;
export const POSITION = 4;
export const LAST_SEEN = 5;

/** Words of the header. */
export const VERSION_WORD = 2;
export const SLOT_COUNT_WORD = 3;
export const USED_WORD = 4;

/** Typed views of one checkpoint's memory. */
export interface CheckpointViews {
  readonly header: Int32Array;
  /** One element: datagrams in flight. */
  readonly inflightCount: Int32Array;
  readonly inflightStreams: Int32Array;
  readonly inflightPositions: Float64Array;
  readonly messages: Uint32Array;
  readonly slotWords: Int32Array;
  readonly slotIntegers: BigUint64Array;
  readonly slotFloats: Float64Array;
}

/** Lays the views over `memory`, which is {@link CHECKPOINT_BYTES} long and aligned to 8 bytes. */
export function viewsOf(memory: Uint8Array<ArrayBuffer>): CheckpointViews {
  const { buffer, byteOffset } = memory;
  const at = (offset: number) => byteOffset + offset;
  return {
    header: new Int32Array(buffer, at(0), 8),
    inflightCount: new Int32Array(buffer, at(INFLIGHT_OFFSET), 1),
    inflightStreams: new Int32Array(buffer, at(STREAMS_OFFSET), INFLIGHT_CAPACITY),
    inflightPositions: new Float64Array(buffer, at(POSITIONS_OFFSET), INFLIGHT_CAPACITY),
    messages: new Uint32Array(buffer, at(MESSAGES_OFFSET), INFLIGHT_CAPACITY * MESSAGE_WORDS),
    slotWords: new Int32Array(buffer, at(SLOTS_OFFSET), SLOT_COUNT * SLOT_WORDS),
    slotIntegers: new BigUint64Array(buffer, at(SLOTS_OFFSET), SLOT_COUNT * SLOT_QUADS),
    slotFloats: new Float64Array(buffer, at(SLOTS_OFFSET), SLOT_COUNT * SLOT_QUADS),
  };
}

/** Whether it can be a position: a number of bytes. */
export function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
