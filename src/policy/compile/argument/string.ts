/** @module Strings and buffers. */
import type { HeldRegister } from "../../../kernel/asm/index.ts";
import { decodeText } from "../../../lib/text/utf8.ts";
import { LONGEST_BYTES } from "../scratch.ts";
import { callRead } from "./memory.ts";
import { defineReader, PLAIN_BYTES, type ReadTarget } from "./reader.ts";

/**
 * The bytes = the string that `r3` points to, without its NUL. Goes to `failed` where there is none.
 * @param options `offset`: where in the region. `isKernelMemory`: whether it can be nothing else.
 */
export function readText(target: ReadTarget, { offset = 0, isKernelMemory = false } = {}): void {
  const { builder, scratch, region, failed } = target;
  const { asm } = builder;
  asm.set("r1", scratch).alu("r1", "+=", region.offset + offset);
  asm.set("r2", LONGEST_BYTES + 1 - offset);
  if (isKernelMemory || target.sourceSize !== undefined) asm.call("probe_read_kernel_str");
  else callRead(asm, "string", target);
  const counted = asm.freshLabel("counted");
  asm.jumpIf("r0", "s<", 0, failed);
  // Older kernels (5.10 to 6.12 do) answer 0 for an empty string, as if it had no NUL.
  asm.jumpIf("r0", "==", 0, counted).alu("r0", "-=", 1).label(counted);
  asm.alu("r0", "+=", offset).store(4, scratch, region.length, "r0");
}

/** Where conditions find the bytes. */
export function bytesLocation({ scratch, region }: { scratch: HeldRegister; region: ReadTarget["region"] }) {
  const { offset, capacity, length, start } = region;
  const memory = (at: number) => ({ base: scratch, offset: at, size: 4 }) as const;
  return {
    bytes: {
      address: scratch,
      offset,
      capacity,
      ...(start === undefined ? { length: memory(length) } : { start: memory(start) }),
    },
  };
}

/** @param begin Adds the code that puts the string's address into `r3`. @param options Of {@link readText}. */
function textReader(begin: (target: ReadTarget) => void, options?: Parameters<typeof readText>[1]) {
  return defineReader({
    fields: {},
    bytes: PLAIN_BYTES,
    read(target) {
      begin(target);
      readText(target, options);
    },
    location: bytesLocation,
    value: (view) => ({ string_arg: decodeText(view.bytes) }),
  });
}

const IN_KERNEL = { isKernelMemory: true };

/** `char *` */
const string = textReader(({ builder, value }) => builder.loadSlot("r3", value));

/** `struct filename *` */
const filename = textReader(
  (target) => target.builder.load("r3", target.pointer("filename"), "name"),
  IN_KERNEL,
);

/** `struct net_device *`, whose name lies in it. */
const netDevice = textReader((target) => {
  const { types, asm } = target.builder;
  target.builder.loadSlot("r3", target.pointer("net_device"));
  asm.alu("r3", "+=", types.member("net_device", "name").offset);
}, IN_KERNEL);

/** `__data_loc` of a tracepoint's record: where in it the text begins, in the low half, and its length. */
const dataLocation = textReader(({ builder: { asm, context }, value }) => {
  asm.load(8, "r3", "r10", value.slot).alu("r3", "&=", 0xffff).alu("r3", "+=", context);
}, IN_KERNEL);

export const STRING_READERS = {
  string,
  filename,
  net_device: netDevice,
  data_loc: dataLocation,
} as const;
