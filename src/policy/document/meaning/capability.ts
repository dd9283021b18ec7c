/** @module Names of capabilities. */
import { CAPABILITY_NAMES } from "../../../os/capability.ts";
import { suggestion } from "../spelling.ts";

/** The bit of a capability by name, with or without `CAP_`; `undefined` where there is none. */
export function capabilityBit(name: string): bigint | undefined {
  const upper = name.toUpperCase();
  const index = CAPABILITY_NAMES.findIndex((known) => known === upper || known === `CAP_${upper}`);
  return index < 0 ? undefined : 1n << BigInt(index);
}

/** What to write instead of a name that there is not. */
export function nearestCapability(name: string): string {
  return suggestion(/^cap_/i.test(name) ? name : `CAP_${name}`, CAPABILITY_NAMES);
}
