/** @module Sockets, addresses and packets in words. */

import { formatIpv4, formatIpv6 } from "../../../lib/text/kernel-address.ts";
import { AF_INET, AF_INET6 } from "../../../os/socket-numbers.ts";
import { FAMILIES, PROTOCOLS, SOCKET_TYPES, STATES } from "../../network-names.ts";
import { namesByNumber } from "./names.ts";
import type { ReadingView } from "./reader.ts";

const FAMILY_NAMES = namesByNumber(FAMILIES);
const PROTOCOL_NAMES = namesByNumber(PROTOCOLS);
const STATE_NAMES = namesByNumber(STATES);
const TYPE_NAMES = namesByNumber(SOCKET_TYPES);

export const familyName = (family: number): string => FAMILY_NAMES.get(family) ?? String(family);
export const protocolName = (protocol: number): string => PROTOCOL_NAMES.get(protocol) ?? String(protocol);
export const stateName = (state: number): string => STATE_NAMES.get(state) ?? String(state);
export const socketTypeName = (type: number): string => TYPE_NAMES.get(type) ?? String(type);

/** An address: 16 bytes as four numbers, of which an IPv4 address is the first. */
export type AddressFields<N extends string> = { readonly [K in `${N}_${0 | 1 | 2 | 3}`]: "u32" };

/** Fields of an address. */
export function addressFields<const N extends string>(name: N): AddressFields<N> {
  return Object.fromEntries([0, 1, 2, 3].map((part) => [`${name}_${part}`, "u32"])) as AddressFields<N>;
}

/** The address as text, or `undefined` of families that have none. */
export function addressText<N extends string>(
  view: Pick<ReadingView<AddressFields<N>>, "number">,
  name: N,
  family: number,
): string | undefined {
  const part = (index: 0 | 1 | 2 | 3): number => view.number(`${name}_${index}`);
  if (family === AF_INET) return formatIpv4(part(0));
  return family === AF_INET6 ? formatIpv6([part(0), part(1), part(2), part(3)]) : undefined;
}
