/** @module Bytes as conditions are given them: with others before and behind, which must not count. */
import type { HeldRegister } from "../../../src/kernel/asm/index.ts";
import { type BytesLocation, compileOperand, MARGIN } from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { LoadedCondition } from "./run.ts";

/** How a condition's bytes lie in its input. */
export interface BytesPlace {
  readonly capacity: number;
  /** Where they begin at the latest; they always begin in one place when `undefined`. */
  readonly maxStart: number | undefined;
}

/** Behind the two numbers that say where the bytes begin and how many there are. */
const OFFSET = 8 + MARGIN;

/** Where the bytes are. */
export function locationIn(input: HeldRegister, { capacity, maxStart }: BytesPlace): BytesLocation {
  const start = { place: { base: input, offset: 4, size: 4 } as const, max: maxStart ?? 0 };
  return {
    address: input,
    offset: OFFSET,
    ...(maxStart === undefined ? {} : { start }),
    length: { base: input, offset: 0, size: 4 },
    capacity,
  };
}

/** An input that has some bytes, with `others` before and behind. */
export function inputOf(bytes: Uint8Array, start: number, others: Uint8Array): Uint8Array {
  const input = new Uint8Array(OFFSET + start + bytes.length + others.length);
  new DataView(input.buffer).setUint32(0, bytes.length, true);
  new DataView(input.buffer).setUint32(4, start, true);
  const before = others.subarray(0, MARGIN);
  input.set(before, OFFSET + start - before.length);
  input.set(bytes, OFFSET + start);
  input.set(others, OFFSET + start + bytes.length);
  return input;
}

/** The condition that bytes are what an operand says. */
export function bytesCondition(operand: Operand, place: BytesPlace): LoadedCondition {
  return new LoadedCondition((context, input, failed) => {
    compileOperand(context, operand, [{ bytes: locationIn(input, place) }], failed);
  });
}
