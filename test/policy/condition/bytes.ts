/** @module Bytes as conditions are given them: with others before and behind, which must not count. */
import type { HeldRegister } from "../../../src/kernel/asm/index.ts";
import {
  type BytesLocation,
  compileOperand,
  KEY_MARGIN,
  MARGIN,
} from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { INPUT_SIZE, LoadedCondition } from "./run.ts";

/** How a condition's bytes lie in its input: from a place that is known, or up to one. */
export interface BytesPlace {
  readonly capacity: number;
  readonly isFromEnd: boolean;
}

/** So that the verifier sees just as many bytes behind them as conditions may ask for. */
function offsetOf({ capacity, isFromEnd }: BytesPlace): number {
  return INPUT_SIZE - capacity - (isFromEnd ? KEY_MARGIN : MARGIN);
}

/** Where the bytes are. */
export function locationIn(input: HeldRegister, place: BytesPlace): BytesLocation {
  const { capacity, isFromEnd } = place;
  const varying = { base: input, offset: 0, size: 4 } as const;
  return {
    address: input,
    offset: offsetOf(place),
    capacity,
    ...(isFromEnd ? { start: varying } : { length: varying }),
  };
}

/** An input that has some bytes, with `others` before and behind. */
export function inputOf(bytes: Uint8Array, place: BytesPlace, others: Uint8Array): Uint8Array {
  const { capacity, isFromEnd } = place;
  const start = isFromEnd ? capacity - bytes.length : 0;
  const first = offsetOf(place) + start;
  const input = new Uint8Array(INPUT_SIZE);
  new DataView(input.buffer).setUint32(0, isFromEnd ? start : bytes.length, true);
  const before = others.subarray(0, MARGIN);
  input.set(before, first - before.length);
  input.set(bytes, first);
  input.set(others.subarray(0, INPUT_SIZE - first - bytes.length), first + bytes.length);
  return input;
}

/** The condition that bytes are what an operand says. */
export function bytesCondition(operand: Operand, place: BytesPlace): LoadedCondition {
  return new LoadedCondition((context, input, failed) => {
    compileOperand(context, operand, [{ bytes: locationIn(input, place) }], failed);
  });
}
