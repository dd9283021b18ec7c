/** @module How programs get at bytes: where they begin in `r2`, how many there are in `r1`. */
import type { Assembler } from "../../kernel/asm/index.ts";
import { type BytesLocation, loadPlace } from "./location.ts";

/**
 * `r1` = how many bytes there are, `r2` = where they begin but for the location's offset, which each load adds.
 * @param invalid Where a program goes on whose bytes are not where they may be: none does.
 * @param options `isLengthBounded`: whether the verifier is to know that `r1` is no more than the capacity.
 */
export function loadBytes(
  asm: Assembler,
  { address, start, length, capacity }: BytesLocation,
  invalid: string,
  { isLengthBounded = false } = {},
): void {
  loadPlace(asm, "r2", address);
  if (start !== undefined) {
    loadPlace(asm, "r3", start.place);
    asm.jumpIf("r3", ">", start.max, invalid).alu("r2", "+=", "r3");
  }
  loadPlace(asm, "r1", length);
  if (isLengthBounded) asm.jumpIf("r1", ">", capacity, invalid);
}

/** A number as a load has it, which takes the lowest byte first. */
export function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}
