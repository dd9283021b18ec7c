/** @module Addresses and ports, from the bytes that the kernel keeps them in. */
import { formatIpv6 as formatGroups } from "../../os/ip-address.ts";

/** An IPv4 address, read as a little-endian number, in dotted notation. */
export function formatIpv4(address: number): string {
  return `${address & 0xff}.${(address >>> 8) & 0xff}.${(address >>> 16) & 0xff}.${address >>> 24}`;
}

/** A 16-bit number in network byte order, read as a little-endian one. */
export function swapBytes(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** First half of what is mapped from IPv4: ten zeroes and two 0xff bytes. */
const MAPPED_PREFIX = 0xffff0000;

/** An IPv6 address, read as four little-endian numbers, in the notation of RFC 5952; one mapped from IPv4 shows that. */
export function formatIpv6(parts: readonly [number, number, number, number]): string {
  const [first, second, third, fourth] = parts;
  if (first === 0 && second === 0 && third >>> 0 === MAPPED_PREFIX) return `::ffff:${formatIpv4(fourth)}`;
  return formatGroups(parts.flatMap((part) => [swapBytes(part & 0xffff), swapBytes(part >>> 16)]));
}
