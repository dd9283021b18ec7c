/** @module What operators mean, in plain TypeScript: the compiled ones are held against this. */
import type { IntegerRange, Network, Operand } from "../../../src/policy/policy.ts";

/** Whether an integer, at the width and sign of its type, is what an operand says. */
export function holdsForInteger(operand: Operand, value: bigint): boolean {
  return operand.isNegated !== integerHolds(operand, value);
}

function integerHolds(operand: Operand, value: bigint): boolean {
  switch (operand.operator) {
    case "Equal":
      return operand.integers.includes(value);
    case "GT":
      return operand.integers.some((integer) => value > integer);
    case "LT":
      return operand.integers.some((integer) => value < integer);
    case "Mask":
      return operand.integers.some((integer) => (BigInt.asUintN(64, value) & integer) !== 0n);
    case "InRange":
      return operand.ranges.some(({ first, last }) => first <= value && value <= last);
    default:
      throw new RangeError(operand.operator);
  }
}

/** Whether bytes are what an operand says. */
export function holdsForBytes(operand: Operand, bytes: Uint8Array): boolean {
  return operand.isNegated !== bytesHold(operand, bytes);
}

function bytesHold(operand: Operand, bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  switch (operand.operator) {
    case "EqualString":
      return operand.strings.some((string) => text === latin1(string));
    case "Prefix":
      return operand.strings.some((string) => text.startsWith(latin1(string)));
    case "Postfix":
      return operand.strings.some((string) => text.endsWith(latin1(string)));
    case "SubString":
      return operand.strings.some((string) => text.includes(latin1(string)));
    case "SubStringIgnCase":
      return operand.strings.some((string) => lower(text).includes(lower(latin1(string))));
    case "Glob":
      return operand.globs.some((glob) => globExpression(glob, operand.opensAt).test(text));
    default:
      throw new RangeError(operand.operator);
  }
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Of ASCII letters only. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function globExpression(glob: string, opensAt: "nowhere" | "end" | "start"): RegExp {
  const literal = latin1(new TextEncoder().encode(glob)).replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const [front, back] = [opensAt === "start" ? "" : "^", opensAt === "end" ? "" : "$"];
  return new RegExp(`${front}${literal.replaceAll("*", "[^/]*")}${back}`, "s");
}

/** A socket, an address or a packet. Addresses are 4 or 16 bytes; other families have none. */
export interface SocketValue {
  readonly family: number;
  readonly protocol: number;
  readonly state: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** Whether a socket is what an operand says. */
export function holdsForSocket(operand: Operand, socket: SocketValue): boolean {
  const { operator } = operand;
  switch (operator) {
    case "SAddr":
    case "DAddr": {
      const address = operator === "SAddr" ? socket.source : socket.destination;
      if (address.length !== 4 && address.length !== 16) return false;
      return operand.isNegated !== operand.networks.some((network) => isInNetwork(address, network));
    }
    case "SPort":
      return isInRanges(operand, socket.sourcePort);
    case "DPort":
      return isInRanges(operand, socket.destinationPort);
    case "Protocol":
      return isInRanges(operand, socket.protocol);
    case "Family":
      return isInRanges(operand, socket.family);
    case "State":
      return isInRanges(operand, socket.state);
    default:
      throw new RangeError(operator);
  }
}

function isInRanges(operand: Extract<Operand, { ranges: readonly IntegerRange[] }>, value: number): boolean {
  const isInside = operand.ranges.some(({ first, last }) => first <= BigInt(value) && BigInt(value) <= last);
  return operand.isNegated !== isInside;
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

function isInNetwork(address: Uint8Array, { address: network, bits }: Network): boolean {
  if (address.length === network.length) return hasBits(address, network, bits);
  const isMapped = network.length === 4 && hasBits(address, MAPPED, MAPPED.length * 8);
  return isMapped && hasBits(address.subarray(MAPPED.length), network, bits);
}

function hasBits(address: Uint8Array, wanted: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit++) {
    const at = bit >> 3;
    if (((address[at]! ^ wanted[at]!) & (0x80 >> (bit & 7))) !== 0) return false;
  }
  return true;
}
