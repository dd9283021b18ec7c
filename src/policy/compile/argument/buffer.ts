/** @module Buffers of the process: one, several in a row, what an iterator begins with; and arrays of a tracepoint's record. */
import type { ProgramBuilder } from "../../../kernel/program/index.ts";
import { LONGEST_BYTES } from "../scratch.ts";
import { callRead } from "./memory.ts";
import { defineReader, PLAIN_BYTES, type ReadingView, type ReadTarget } from "./reader.ts";
import { bytesLocation } from "./string.ts";

/** Where more is added, up to all of it may follow on what there is. */
const ADDED_BYTES = { isFromEnd: false, slack: LONGEST_BYTES + 1 } as const;

/** Elements of a vector that are read. */
const MOST_ELEMENTS = 7;
/** Bytes of `struct iovec`: an address and a length. */
const ELEMENT_SIZE = 16;

/** What a buffer is printed as: with its size where it was longer. */
function bufferValue(view: ReadingView<{ size: "u64" }>) {
  const bytes = view.bytes.toBase64();
  const size = view.wide("size");
  return size > BigInt(view.bytes.length)
    ? { truncated_bytes_arg: { bytes_arg: bytes, orig_size: String(size) } }
    : { bytes_arg: bytes };
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

/** A buffer, and another argument that says how long it is. */
const buffer = defineReader({
  /** How long it was, of which at most {@link LONGEST_BYTES} are taken. */
  fields: { size: "u64" },
  bytes: PLAIN_BYTES,
  read(target) {
    if (target.size === undefined) throw new RangeError("Cannot read a buffer: nothing says how long it is");
    target.builder.asm.load(8, "r2", "r10", target.size.slot).load(8, "r3", "r10", target.value.slot);
    takeBytes(target);
  },
  location: bytesLocation,
  value: bufferValue,
});

/**
 * A buffer that the function fills: where it is, at the begin. The program at the return adds its bytes, as many as the
 * function returns.
 */
export const RETURNED_BUFFER = defineReader({
  fields: { address: "u64" },
  read(target) {
    target.builder.loadSlot("r1", target.value);
    target.store("address", "r1");
  },
  location: () => ({}),
  value: (view) => ({ bytes_arg: view.bytes.toBase64() }),
});

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
const iterator = defineReader({
  fields: { size: "u64" },
  bytes: PLAIN_BYTES,
  read(target) {
    const { builder: b } = target;
    const { asm, types } = b;
    const pointer = target.pointer("iov_iter");
    const read = asm.freshLabel("buffer");
    const single = types.enumerator("iter_type", "ITER_UBUF");
    const inVector = asm.freshLabel("vector");
    if (single !== undefined && types.has("iov_iter", "ubuf")) {
      b.load("r1", pointer, "iter_type");
      asm.jumpIf("r1", "!=", single, inVector);
      const count = b.scalar(pointer, "count", "count");
      b.load("r3", pointer, "ubuf");
      asm.load(8, "r2", "r10", count.slot).jump(read).label(inVector);
    }
    const list = b.follow(pointer, types.has("iov_iter", "__iov") ? "__iov" : "iov", "iovec list");
    const length = b.scalar(list, "iov_len", "count");
    b.load("r3", list, "iov_base");
    asm.load(8, "r2", "r10", length.slot).label(read);
    takeBytes(target);
  },
  location: () => ({}),
  value: bufferValue,
});

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
  char_buf: buffer,
  char_iovec: vector,
  const_buf: array,
  iov_iter: iterator,
} as const;
