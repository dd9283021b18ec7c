/** @module Where a program has the values that conditions look at. */
import type { AccessSize, Assembler, RegisterOperand } from "../../kernel/asm/index.ts";

/** A number in memory, zero-extended when it is loaded. `r10` is the stack. */
export interface Memory {
  readonly base: RegisterOperand;
  readonly offset: number;
  readonly size: AccessSize;
}

/** Where a number or a pointer lies: in a register that outlives calls of helpers, or in memory. */
export type Place = RegisterOperand | Memory;

/** A number, in the low `size` bytes of its place. */
export interface IntegerLocation {
  readonly place: Place;
  readonly size: AccessSize;
  readonly isSigned: boolean;
}

/** Bytes that conditions may overwrite directly before some, and read directly behind. */
export const MARGIN = 8;
/** Bytes that the verifier must see behind those that end at a place that is known: keys of tries are read there. */
export const KEY_MARGIN = 256;

/**
 * Some bytes in the value of a map, in the order in which they are printed, without a final NUL; `capacity` at most, which
 * lie `offset` bytes behind `address`. Either they begin there, and `length` says how many there are. Or they end where the
 * capacity does, and `start` says how many bytes of it lie before them.
 *
 * The map's value must have {@link MARGIN} bytes before the capacity and behind it, which is a multiple of 8 then; where
 * there is a `start`, {@link KEY_MARGIN} behind it. What is directly before the bytes is overwritten, they themselves are not.
 */
export type BytesLocation = {
  readonly address: Place;
  readonly offset: number;
  readonly capacity: number;
} & (
  | { readonly length: Place; readonly start?: undefined }
  | { readonly start: Place; readonly length?: undefined }
);

/** What is known of a socket, an address or a packet; what is left out cannot be asked for. */
export interface SocketLocation {
  readonly family?: Place;
  readonly protocol?: Place;
  readonly state?: Place;
  /** Ports in host order. */
  readonly sourcePort?: Place;
  readonly destinationPort?: Place;
  readonly source?: AddressLocation;
  readonly destination?: AddressLocation;
}

/** 16 bytes in network order, 4-byte aligned. An IPv4 address is the first four of them. */
export type AddressLocation = Omit<Memory, "size">;

/** A value, as far as its type has these sides. */
export interface ValueLocation {
  /** Of integers and capability sets. */
  readonly integer?: IntegerLocation;
  /** Of strings, buffers and paths. */
  readonly bytes?: BytesLocation;
  /** Of files: `i_mode`. */
  readonly mode?: Place;
  readonly socket?: SocketLocation;
}

/** Whether it is in memory. */
export function isMemory(place: Place): place is Memory {
  return typeof place === "object" && "size" in place;
}

/** `register` = what lies there. */
export function loadPlace(asm: Assembler, register: RegisterOperand, place: Place): void {
  if (isMemory(place)) asm.load(place.size, register, place.base, place.offset);
  else asm.set(register, place);
}
