/** @module Buffers of the process: one, several in a row, what an iterator begins with; and arrays of a tracepoint's record. */
import type { ProgramBuilder } from "../../../kernel/program/index.ts";
import type { ValueLocation } from "../../condition/index.ts";
import type { Argument } from "../../policy.ts";
import { LONGEST_BYTES } from "../scratch.ts";
import { callRead } from "./memory.ts";
import {
  type ArgumentReader,
  defineReader,
  PLAIN_BYTES,
  type ReadingView,
  type ReadTarget,
} from "./reader.ts";
import { bytesLocation } from "./string.ts";

/** Where more is added, up to all of it may follow on what there is. */
const ADDED_BYTES = { isFromEnd: false, slack: LONGEST_BYTES + 1 } as const;

/** Elements of a vector that are read. */
const MOST_ELEMENTS = 7;
/** Bytes of `struct iovec`: an address and a length. */
const ELEMENT_SIZE = 16;

/** What a buffer is printed as: with its size where it was longer. */
function bufferValue(bytes: Uint8Array, size: bigint) {
  const bytes_arg = bytes.toBase64();
  return size > BigInt(bytes.length)
    ? { truncated_bytes_arg: { bytes_arg, orig_size: String(size) } }
    : { bytes_arg };
}

/** The bytes = `r2` from `r3`, cut at the longest. */
function takeBytes(target: ReadTarget<{ size: "u64" }>): void {
  const { builder, scratch, region, failed } = target;
  const { asm } = builder;
  const fits = asm.freshLabel("fits");
  target.store("size", "r2");
  asm.jumpIf("r2", "<=", LONGEST_BYTES, fits).set("r2", LONGEST_BYTES).label(fits);
  asm.store(4, scratch, region.length, "r2").set("r1", scratch).alu("r1", "+=", region.offset);
  callRead(asm, "bytes", target);
  asm.jumpIf("r0", "!=", 0, failed);
}

/** How a buffer is found: `r2` = how long it is, `r3` = where. */
interface BufferPlace {
  readonly locate: (target: ReadTarget<{ size: "u64" }>) => void;
  readonly location: (target: ReadTarget<{ size: "u64" }>) => ValueLocation;
}

/** A buffer, of which at most {@link LONGEST_BYTES} are taken. `size`: how long it was. */
function bufferReader({ locate, location }: BufferPlace): ArgumentReader {
  return defineReader({
    fields: { size: "u64" },
    bytes: PLAIN_BYTES,
    read(target) {
      locate(target);
      takeBytes(target);
    },
    location,
    value: (view) => bufferValue(view.bytes, view.wide("size")),
  });
}

/** The same with what is behind those, which is sent apart: `data` is its name, 0 where there is none. */
function longBufferReader({ locate, location }: BufferPlace): ArgumentReader {
  return defineReader<{ size: "u64"; address: "u64"; data: "u64" }>({
    fields: { size: "u64", address: "u64", data: "u64" },
    bytes: PLAIN_BYTES,
    read(target) {
      locate(target);
      target.store("address", "r3");
      target.store("data", 0);
      takeBytes(target);
    },
    location,
    value: (view) => bufferValue(joinedBytes(view, view.wide("data")), view.wide("size")),
  });
}

/** The first bytes of a buffer and those that were sent apart. */
function joinedBytes(view: ReadingView, data: bigint): Uint8Array {
  return data === 0n ? view.bytes : Buffer.concat([view.bytes, ...view.beyond(data, view.bytes.length)]);
}

/** A buffer, and another argument that says how long it is. */
const BUFFER: BufferPlace = {
  locate({ builder: { asm }, size, value }) {
    if (size === undefined) throw new RangeError("Cannot read a buffer: nothing says how long it is");
    asm.load(8, "r2", "r10", size.slot).load(8, "r3", "r10", value.slot);
  },
  location: bytesLocation,
};

/**
 * A buffer that the function fills: where it is, at the begin. The program at the return adds its bytes, as many as the
 * function returns, which is its size.
 */
const RETURNED_BUFFER = defineReader({
  fields: { address: "u64", size: "u64" },
  read: readAddress,
  location: () => ({}),
  value: (view) => bufferValue(view.bytes, view.wide("size")),
});

/** The same with what is sent apart. */
const LONG_RETURNED_BUFFER = defineReader({
  fields: { address: "u64", size: "u64", data: "u64" },
  read(target) {
    readAddress(target);
    target.store("data", 0);
  },
  location: () => ({}),
  value: (view) => bufferValue(joinedBytes(view, view.wide("data")), view.wide("size")),
});

function readAddress(target: ReadTarget<{ address: "u64"; size: "u64" }>): void {
  target.builder.loadSlot("r1", target.value);
  target.store("address", "r1");
  target.store("size", 0);
}

/** `struct iovec *`, and another argument that says how many there are: their contents, joined. */
const vector = defineReader({
  fields: {},
  bytes: ADDED_BYTES,
  read(target) {
    const { builder: b, scratch, region, size } = target;
    if (size === undefined) throw new RangeError("Cannot read a vector: nothing says how long it is");
    const { asm } = b;
    const element = asm.slot("iovec", ELEMENT_SIZE);
    asm.store(4, scratch, region.length, 0);
    b.loop(MOST_ELEMENTS, (_again, done) => {
      asm.load(8, "r1", "r10", size.slot).jumpIf("r1", "==", 0, done).alu("r1", "-=", 1);
      asm.store(8, "r10", size.slot, "r1").load(8, "r3", "r10", target.value.slot);
      asm.set("r1", "r10").alu("r1", "+=", element).set("r2", ELEMENT_SIZE);
      callRead(asm, "bytes", target);
      asm.jumpIf("r0", "!=", 0, target.failed);
      addElement(b, target, element);
      asm.load(8, "r1", "r10", target.value.slot).alu("r1", "+=", ELEMENT_SIZE);
      asm.store(8, "r10", target.value.slot, "r1");
    });
  },
  location: bytesLocation,
  value: (view) => ({ bytes_arg: view.bytes.toBase64() }),
});

/** Adds what an element points to. */
function addElement(b: ProgramBuilder, target: ReadTarget, element: number): void {
  const { asm } = b;
  const { scratch, region, failed } = target;
  const fits = asm.freshLabel("fits");
  asm.load(4, "r4", scratch, region.length).alu("r4", "&=", LONGEST_BYTES);
  asm
    .set("r5", LONGEST_BYTES)
    .alu("r5", "-=", "r4")
    .load(8, "r2", "r10", element + 8);
  asm.jumpIf("r2", "<=", "r5", fits).set("r2", "r5").label(fits).alu("r2", "&=", LONGEST_BYTES);
  asm.set("r1", scratch).alu("r1", "+=", "r4").alu("r1", "+=", region.offset);
  asm.alu("r4", "+=", "r2").store(4, scratch, region.length, "r4").load(8, "r3", "r10", element);
  callRead(asm, "bytes", target);
  asm.jumpIf("r0", "!=", 0, failed);
}

/** `struct iov_iter *`: its first buffer. */
const ITERATOR: BufferPlace = {
  locate(target) {
    const { builder: b } = target;
    const { asm, types } = b;
    const pointer = target.pointer("iov_iter");
    const found = asm.freshLabel("buffer");
    const single = types.enumerator("iter_type", "ITER_UBUF");
    const inVector = asm.freshLabel("vector");
    if (single !== undefined && types.has("iov_iter", "ubuf")) {
      b.load("r1", pointer, "iter_type");
      asm.jumpIf("r1", "!=", single, inVector);
      const count = b.scalar(pointer, "count", "count");
      b.load("r3", pointer, "ubuf");
      asm.load(8, "r2", "r10", count.slot).jump(found).label(inVector);
    }
    const list = b.follow(pointer, types.has("iov_iter", "__iov") ? "__iov" : "iov", "iovec list");
    const length = b.scalar(list, "iov_len", "count");
    b.load("r3", list, "iov_base");
    asm.load(8, "r2", "r10", length.slot).label(found);
  },
  location: () => ({}),
};

/** An array in a tracepoint's record: its elements, each an argument of its own. */
const array = defineReader({
  fields: {},
  bytes: PLAIN_BYTES,
  read(target) {
    const { asm } = target.builder;
    const { scratch, region, failed, sourceSize = 0 } = target;
    asm.store(4, scratch, region.length, sourceSize).load(8, "r3", "r10", target.value.slot);
    asm.set("r1", scratch).alu("r1", "+=", region.offset).set("r2", sourceSize);
    asm.call("probe_read_kernel").jumpIf("r0", "!=", 0, failed);
  },
  location: () => ({}),
  value(view) {
    // A record may begin its bytes anywhere.
    const words = new BigUint64Array(view.bytes.slice(0, view.bytes.length & ~7).buffer);
    return [...words].map((word) => ({ size_arg: String(word) }));
  },
});

export const BUFFER_READERS = {
  char_buf: bufferReader(BUFFER),
  char_iovec: vector,
  const_buf: array,
  iov_iter: bufferReader(ITERATOR),
} as const;

/** How a buffer is read that is longer, or that the function fills; `undefined` of what is none of it. */
export function specialBufferReader({ type, isReadAtReturn, isLong }: Argument): ArgumentReader | undefined {
  if (isReadAtReturn) return isLong ? LONG_RETURNED_BUFFER : RETURNED_BUFFER;
  if (!isLong) return undefined;
  return longBufferReader(type === "iov_iter" ? ITERATOR : BUFFER);
}
