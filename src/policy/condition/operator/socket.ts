/** @module `SAddr`, `DAddr`, ports, `Protocol`, `Family` and `State` of sockets, addresses and packets. */

import { BPF_MAP_TYPE } from "../../../kernel/map/index.ts";
import { AF_INET, AF_INET6 } from "../../../os/socket-numbers.ts";
import type { IntegerRange, Network, OperandOf } from "../../policy.ts";
import type { ConditionContext, Lowering } from "../context.ts";
import { type NumberKind, searchIntervals } from "../decision-tree.ts";
import { type AddressLocation, loadPlace, type Place, type SocketLocation } from "../location.ts";
import type { MapEntry } from "../maps.ts";
import { decide, goTo, type Outcome, settle } from "../outcome.ts";
import { MOST_COMPARED, normalRanges, RANGE_CODE, searchedRanges, searchRanges } from "../range-set.ts";

const U32: NumberKind = { bits: 32, isSigned: false, min: 0n, max: (1n << 32n) - 1n };
const U64: NumberKind = { bits: 64, isSigned: false, min: 0n, max: (1n << 64n) - 1n };
/** Bits of an IPv6 address before one that is mapped from IPv4, and what they are: RFC 4291, 2.5.5.2. */
const MAPPED_BITS = 96;
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

const KEY = Symbol("address");

type FieldOperator = "SPort" | "DPort" | "Protocol" | "Family" | "State";
type AddressOperator = "SAddr" | "DAddr";

const FIELDS = {
  SPort: "sourcePort",
  DPort: "destinationPort",
  Protocol: "protocol",
  Family: "family",
  State: "state",
} as const satisfies Record<FieldOperator, keyof SocketLocation>;
const ADDRESSES = { SAddr: "source", DAddr: "destination" } as const;

/** A number of a socket is in a range. */
export const lowerSocketField: Lowering<OperandOf<FieldOperator>, SocketLocation> = (
  context,
  { operator, ranges },
  socket,
  outcome,
) => {
  loadPlace(context.asm, "r1", needed(socket[FIELDS[operator]], operator));
  searchRanges(context, { register: "r1", kind: U32, ranges: searchedRanges(context, ranges, U32) }, outcome);
};

/**
 * An address is in one of the networks of its family. What has no such address fails, also where the operator is negated.
 * An IPv6 address that is mapped from IPv4 is in the networks that have the IPv4 address, too: it leads to the same host.
 */
export const lowerAddress: Lowering<OperandOf<AddressOperator>, SocketLocation> = (
  context,
  { operator, networks, isNegated },
  socket,
  outcome,
) => {
  const { asm } = context;
  const address = needed(socket[ADDRESSES[operator]], operator);
  const family: Place = needed(socket.family, "Family");
  const none = outcome.none ?? (isNegated ? outcome.held : outcome.failed);
  const first = asm.freshLabel("ipv4");
  loadPlace(asm, "r1", family);
  asm.jumpIf("r1", "==", AF_INET, first).jumpIf("r1", "!=", AF_INET6, none);
  const ipv4 = networks.filter(({ address: { length } }) => length === 4);
  const ipv6 = networks.filter(({ address: { length } }) => length === 16);
  searchIpv6(context, address, [...ipv6, ...ipv4.map(mapped)], { ...outcome, next: first });
  asm.label(first).load(4, "r1", address.base, address.offset).toBigEndian(4, "r1");
  const ranges = normalRanges(ipv4.map(ipv4Range), U32);
  searchRanges(context, { register: "r1", kind: U32, ranges }, outcome);
};

/** @throws RangeError when it is not there. */
function needed<T>(place: T | undefined, what: string): T {
  if (place === undefined)
    throw new RangeError(`Cannot compile operator "${what}": the value has no such field`);
  return place;
}

/** By the first eight bytes, and then, where networks differ in these alone, by the last eight. */
function searchIpv6(
  context: ConditionContext,
  { base, offset }: AddressLocation,
  networks: readonly Network[],
  outcome: Outcome,
): void {
  const { asm } = context;
  const { held, failed, next } = outcome;
  const wide = normalRanges(
    networks.filter(({ bits }) => bits <= 64).map(({ address, bits }) => halfRange(address, 0, bits)),
    U64,
  );
  const narrow = [
    ...Map.groupBy(
      networks.filter(({ bits }) => bits > 64),
      ({ address }) => halfOf(address, 0),
    ),
  ]
    .filter(([half]) => !wide.some(({ first, last }) => first <= half && half <= last))
    .map(([half, group]) => ({
      half,
      label: asm.freshLabel("half"),
      ranges: normalRanges(
        group.map(({ address, bits }) => halfRange(address, 8, bits - 64)),
        U64,
      ),
    }));
  const count = wide.length + narrow.reduce((sum, { ranges }) => sum + ranges.length, 0);
  if (count > MOST_COMPARED || !context.maps.takeCode(count * RANGE_CODE[64])) {
    lookUpIpv6(context, { base, offset }, networks, outcome);
    return;
  }
  const intervals = [
    ...wide.map((range) => ({ ...range, label: held })),
    ...narrow.map(({ half, label }) => ({ first: half, last: half, label })),
  ].sort((one, other) => (one.first < other.first ? -1 : 1));
  if (intervals.length === 0) {
    goTo(asm, failed, next);
    return;
  }
  asm.load(8, "r1", base, offset).toBigEndian(8, "r1");
  const [only] = intervals;
  if (only!.first === U64.min && only!.last === U64.max) settle(asm, held, next);
  else
    searchIntervals(
      asm,
      { register: "r1", kind: U64, otherwise: failed, next: narrow[0]?.label ?? next },
      intervals,
    );
  for (const [index, { label, ranges }] of narrow.entries()) {
    asm
      .label(label)
      .load(8, "r1", base, offset + 8)
      .toBigEndian(8, "r1");
    const after = narrow[index + 1]?.label ?? next;
    searchRanges(context, { register: "r1", kind: U64, ranges }, { ...outcome, next: after });
  }
}

function lookUpIpv6(
  { asm, maps }: ConditionContext,
  { base, offset }: AddressLocation,
  networks: readonly Network[],
  outcome: Outcome,
): void {
  const key = asm.slot(KEY, 24);
  asm.load(8, "r1", base, offset).load(8, "r2", base, offset + 8);
  asm
    .store(8, "r10", key + 8, "r1")
    .store(8, "r10", key + 16, "r2")
    .store(4, "r10", key + 4, 128);
  const entries = networks.map(({ address, bits }): MapEntry => {
    const entry = new Uint8Array(20);
    new DataView(entry.buffer).setUint32(0, bits, true);
    entry.set(address, 4);
    return [entry, Uint8Array.of(1)];
  });
  const trie = { type: BPF_MAP_TYPE.LPM_TRIE, keySize: 20, valueSize: 1, maxEntries: entries.length };
  asm
    .loadMap("r1", maps.add(trie, entries))
    .set("r2", "r10")
    .alu("r2", "+=", key + 4);
  asm.call("map_lookup_elem");
  decide(asm, { register: "r0", condition: "!=", value: 0 }, outcome);
}

function mapped({ address, bits }: Network): Network {
  return { address: Uint8Array.of(...MAPPED_PREFIX, ...address), bits: MAPPED_BITS + bits };
}

function ipv4Range({ address, bits }: Network): IntegerRange {
  return prefixRange(BigInt(viewOf(address).getUint32(0)), bits, 32);
}

/** What half of an address can be, the eight bytes at `at`, when its first bits are the network's. */
function halfRange(address: Uint8Array, at: number, bits: number): IntegerRange {
  return prefixRange(halfOf(address, at), bits, 64);
}

function halfOf(address: Uint8Array, at: number): bigint {
  return viewOf(address).getBigUint64(at);
}

function prefixRange(value: bigint, bits: number, width: number): IntegerRange {
  const free = (1n << BigInt(width - bits)) - 1n;
  return { first: value & ~free, last: value | free };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
