/**
 * @module Where things lie in a checkpoint. All integers are little-endian, as on every machine that Bun runs on.
 *
 * | offset | bytes | what |
 * | --- | --- | --- |
 * | 0 | 8 | magic `tetradCP`; zeros while the file is being made |
 * | 8 | 4 | version of this layout |
 * | 12 | 4 | number of stream slots |
 * | 16 | 4 | 1 once a source has recorded the files of its first start |
 * | 24 | 8 | a random number that no other checkpoint has; 0 in one of an earlier version until it is opened |
 * | 4096 | 4 | datagrams in flight: 0 outside a system call |
 * | 4352 | 4 × 64 | in flight: stream of each datagram, -1 for none |
 * | 4608 | 8 × 64 | in flight: position in the stream after the datagram's line |
 * | 8192 | 64 × 64 | in flight: the `struct mmsghdr` array that the kernel writes to |
 * | 12288 | 64 × number of slots | stream slots |
 *
 * A slot: state (`generation << 1 | used`), 4 bytes of nothing, device, inode, fingerprint (64 bits each), position
 * and turn in which it was last seen (float64; bytes, and a count that only grows), mark of the text before a position
 * and hash of the path (64 bits each; 0 for none).
 *
 * A stream's number has its slot and the slot's generation: ten bits of the slot, 15 of the generation, six of the slot.
 */

/** Version of the layout. */
export const LAYOUT_VERSION = 1;
/** `tetradCP`, as two little-endian words. */
export const MAGIC = new Uint8Array([0x74, 0x65, 0x74, 0x72, 0x61, 0x64, 0x43, 0x50]);
/** Streams that a new checkpoint has room for. It doubles when there are more. */
export const FIRST_SLOT_COUNT = 1024;
/** Streams that a checkpoint follows at most. */
export const MAX_SLOT_COUNT = 65_536;
const LOW_BITS = 10;
const LOW_MASK = FIRST_SLOT_COUNT - 1;
const HIGH_SHIFT = 25;
/** Generations of a slot that can be told apart. */
const GENERATION_MASK = 0x7fff;
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
/** Size of one slot. */
export const SLOT_BYTES = 64;
/** Size of a checkpoint with so many slots, in bytes. */
export function checkpointBytes(slotCount: number): number {
  return SLOTS_OFFSET + slotCount * SLOT_BYTES;
}

/** Where a slot begins. */
export function slotOffset(slot: number): number {
  return SLOTS_OFFSET + slot * SLOT_BYTES;
}

/** Size of a new checkpoint in bytes. */
export const CHECKPOINT_BYTES = checkpointBytes(FIRST_SLOT_COUNT);

/** Whether a checkpoint can have so many slots. */
export function isSlotCount(count: number): boolean {
  return count >= FIRST_SLOT_COUNT && count <= MAX_SLOT_COUNT && (count & (count - 1)) === 0;
}

/** The number of the stream that a slot with this state word (`generation << 1 | used`) holds. */
export function streamAt(slot: number, state: number): number {
  return (
    ((slot >>> LOW_BITS) << HIGH_SHIFT) | (((state >>> 1) & GENERATION_MASK) << LOW_BITS) | (slot & LOW_MASK)
  );
}

/** The slot that a stream's number names. */
export function slotOf(stream: number): number {
  return (stream & LOW_MASK) | ((stream >>> HIGH_SHIFT) << LOW_BITS);
}

/** The state word of a slot in use, one generation after `state`. */
export function nextState(state: number): number {
  return ((((state >>> 1) + 1) & GENERATION_MASK) << 1) | 1;
}

/** Index steps from slot to slot in views of 32-bit and 64-bit elements. */
export const SLOT_WORDS = SLOT_BYTES / 4;
export const SLOT_QUADS = SLOT_BYTES / 8;
/** 64-bit elements of a slot. */
export const DEVICE = 1;
export const INODE = 2;
export const FINGERPRINT = 3;
export const POSITION = 4;
export const LAST_SEEN = 5;
export const MARK = 6;
export const HOME = 7;
/** What may be replaced while a stream is followed. */
export const NOTES = { fingerprint: FINGERPRINT, mark: MARK, home: HOME } as const;

/** Bytes of the header, which words name. */
export const HEADER_BYTES = 32;
export const VERSION_WORD = 2;
export const SLOT_COUNT_WORD = 3;
export const USED_WORD = 4;
export const IDENTITY_WORD = 6;

/** Typed views of one checkpoint's memory. */
export interface CheckpointViews {
  readonly slotCount: number;
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

/** Lays the views over `memory`, which holds a whole number of slots and is aligned to 8 bytes. */
export function viewsOf(memory: Uint8Array<ArrayBuffer>): CheckpointViews {
  const { buffer, byteOffset } = memory;
  const at = (offset: number) => byteOffset + offset;
  const slotCount = Math.floor((memory.length - SLOTS_OFFSET) / SLOT_BYTES);
  return {
    slotCount,
    header: new Int32Array(buffer, at(0), HEADER_BYTES / 4),
    inflightCount: new Int32Array(buffer, at(INFLIGHT_OFFSET), 1),
    inflightStreams: new Int32Array(buffer, at(STREAMS_OFFSET), INFLIGHT_CAPACITY),
    inflightPositions: new Float64Array(buffer, at(POSITIONS_OFFSET), INFLIGHT_CAPACITY),
    messages: new Uint32Array(buffer, at(MESSAGES_OFFSET), INFLIGHT_CAPACITY * MESSAGE_WORDS),
    slotWords: new Int32Array(buffer, at(SLOTS_OFFSET), slotCount * SLOT_WORDS),
    slotIntegers: new BigUint64Array(buffer, at(SLOTS_OFFSET), slotCount * SLOT_QUADS),
    slotFloats: new Float64Array(buffer, at(SLOTS_OFFSET), slotCount * SLOT_QUADS),
  };
}

/** Whether it can be a position: a number of bytes. */
export function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
