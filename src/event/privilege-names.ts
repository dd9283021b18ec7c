/** @module Capabilities and secure bits by name, as events have them. */
import { CapabilitiesType, SecureBitsType } from "./description/index.ts";

/** By number. */
const CAPABILITIES = Object.keys(CapabilitiesType);
/** `SECBIT_*` by bit. */
const SECURE_BITS = Object.keys(SecureBitsType).filter((name) => name !== "SecBitNotSet");

/** The name of a capability of `<linux/capability.h>`; of one that has none its number. */
export function capabilityName(number: number): string {
  return CAPABILITIES[number] ?? String(number);
}

/** The names in a set that has a bit for each capability. */
export function capabilityNames(set: bigint): string[] {
  return CAPABILITIES.filter((_, bit) => (set >> BigInt(bit)) & 1n);
}

/** The names of the bits of `securebits` of `<linux/securebits.h>`. */
export function secureBitNames(bits: number): string[] {
  return SECURE_BITS.filter((_, bit) => (bits >>> bit) & 1);
}
